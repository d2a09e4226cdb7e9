import { qualifiedName, quoteIdentifier, quoteLiteral } from "../../postgres/identifiers.ts";
import type { CatalogObject } from "../fingerprint.ts";
import { splitIndex, splitTrigger } from "./split-definition.ts";
import { namesOf, partOf } from "./names.ts";

/** How a server is made to say a definition in its own words; all of it is rolled back. */
export interface Restatement {
  readonly statements: readonly string[];
  /** Gives one text. */
  readonly query: string;
  /** What surrounds that text in the fact, and was taken off to make the statements. */
  readonly finish?: (text: string) => string | undefined;
}

/** Plans the restatement of one fact of one object; undefined when its text is the same on every server. `schema` is empty. */
export function planRestatement(
  object: CatalogObject,
  fact: string,
  text: string,
  schema: string,
): Restatement | undefined {
  const plan = plans[`${object.kind} ${fact}`];
  return plan?.({ object, text, schema });
}

interface Task {
  readonly object: CatalogObject;
  readonly text: string;
  readonly schema: string;
}

const plans: Readonly<Record<string, (task: Task) => Restatement | undefined>> = {
  "view definition": restateView,
  "materialized-view definition": restateView,
  "column default": restateDefault,
  "column generated": restateGenerated,
  "constraint definition": restateConstraint,
  "domain-constraint definition": restateDomainConstraint,
  "type default": restateDomainDefault,
  "index definition": restateIndex,
  "trigger definition": restateTrigger,
  "rule definition": restateRule,
  "policy using": (task) => restatePolicy(task, "USING", "polqual"),
  "policy check": (task) => restatePolicy(task, "WITH CHECK", "polwithcheck"),
  "function definition": restateFunction,
  "statistics definition": restateStatistics,
  "table partition key": restatePartitionKey,
  "collation locale": restateLocale,
};

function restateView({ object, text, schema }: Task): Restatement {
  const twin = qualifiedName(schema, namesOf(object.identity).at(-1) ?? "");
  return {
    statements: [`CREATE VIEW ${twin} AS ${text.replace(/;\s*$/, "")}`],
    query: `SELECT pg_get_viewdef(${quoteLiteral(twin)}::regclass) AS text`,
  };
}

/** An empty table with the columns of the object's relation and its bare name, so that references to it by name hold. */
function twinOf(
  relation: string,
  schema: string,
  suffix = "",
): { readonly twin: string; readonly create: string } {
  const names = namesOf(relation);
  const twin = qualifiedName(schema, names.at(-1) ?? "");
  return { twin, create: `CREATE TABLE ${twin} (LIKE ${sql(names)})${suffix}` };
}

function restateDefault({ object, text, schema }: Task): Restatement {
  const names = namesOf(object.identity);
  const column = quoteIdentifier(names.at(-1) ?? "");
  const { twin, create } = twinOf(relationOf(object), schema);
  return {
    statements: [create, `ALTER TABLE ${twin} ALTER COLUMN ${column} SET DEFAULT ${text}`],
    query: expressionOf(twin),
  };
}

const generation = { stored: "STORED", virtual: "VIRTUAL" } as const;

function restateGenerated({ object, text, schema }: Task): Restatement | undefined {
  const [, kind, expression] = /^(stored|virtual) as (.*)$/s.exec(text) ?? [];
  const type = object.facts["type"];
  if ((kind !== "stored" && kind !== "virtual") || expression === undefined || type === undefined)
    return undefined;
  const column = quoteIdentifier(namesOf(object.identity).at(-1) ?? "");
  const { twin, create } = twinOf(relationOf(object), schema);
  return {
    statements: [
      create,
      `ALTER TABLE ${twin} DROP COLUMN ${column}`,
      `ALTER TABLE ${twin} ADD COLUMN ${column} ${type} GENERATED ALWAYS AS (${expression}) ${generation[kind]}`,
    ],
    query: expressionOf(twin),
    finish: (found) => `${kind} as ${found}`,
  };
}

function expressionOf(twin: string): string {
  return `SELECT pg_get_expr(adbin, adrelid) AS text FROM pg_attrdef WHERE adrelid = ${quoteLiteral(twin)}::regclass`;
}

function restateConstraint({ object, text, schema }: Task): Restatement | undefined {
  if (!/^(CHECK|EXCLUDE) /.test(text)) return undefined;
  const { twin, create } = twinOf(relationOf(object), schema);
  return {
    statements: [create, `ALTER TABLE ${twin} ADD ${text}`],
    query: `SELECT pg_get_constraintdef(oid) AS text FROM pg_constraint
      WHERE conrelid = ${quoteLiteral(twin)}::regclass AND contype IN ('c', 'x')`,
  };
}

const temporary = "custody restatement";

function restateDomainConstraint({ object, text }: Task): Restatement {
  const domain = sql(namesOf(partOf(object.identity).whole));
  return {
    statements: [`ALTER DOMAIN ${domain} ADD CONSTRAINT ${quoteIdentifier(temporary)} ${text} NOT VALID`],
    query: `SELECT pg_get_constraintdef(oid) AS text FROM pg_constraint
      WHERE contypid = ${quoteLiteral(domain)}::regtype AND conname = '${temporary}'`,
    finish: (found) => found.replace(/ NOT VALID$/, ""),
  };
}

function restateDomainDefault({ object, text }: Task): Restatement {
  const domain = sql(namesOf(object.identity));
  return {
    statements: [`ALTER DOMAIN ${domain} SET DEFAULT ${text}`],
    query: `SELECT pg_get_expr(typdefaultbin, 0) AS text FROM pg_type WHERE oid = ${quoteLiteral(domain)}::regtype`,
  };
}

function restateIndex({ object, text, schema }: Task): Restatement | undefined {
  const parts = splitIndex(text);
  if (parts === undefined) return undefined;
  const { twin, create } = twinOf(relationOf(object), schema);
  // ONLY is for a partitioned table, which the twin is not: what the server prints of the twin has none.
  const own = `${parts.before.replace(/ONLY $/, "")}${twin}`;
  return {
    statements: [create, `${own}${parts.after}`],
    query: `SELECT pg_get_indexdef(indexrelid) AS text FROM pg_index WHERE indrelid = ${quoteLiteral(twin)}::regclass`,
    finish: (found) => {
      const said = splitIndex(found);
      return (
        said && `${said.before}${parts.before.endsWith("ONLY ") ? "ONLY " : ""}${parts.relation}${said.after}`
      );
    },
  };
}

function restateTrigger({ object, text, schema }: Task): Restatement | undefined {
  const parts = splitTrigger(text);
  if (parts === undefined) return undefined;
  const { twin, create } = twinOf(relationOf(object), schema);
  const isOfView = object.parent?.startsWith("view ") === true;
  const view = `CREATE VIEW ${twin} AS SELECT * FROM ${sql(namesOf(relationOf(object)))}`;
  return {
    statements: [isOfView ? view : create, `${parts.before}${twin}${parts.after}`],
    query: `SELECT pg_get_triggerdef(oid) AS text FROM pg_trigger WHERE tgrelid = ${quoteLiteral(twin)}::regclass AND NOT tgisinternal`,
    finish: (found) => {
      const said = splitTrigger(found);
      return said && `${said.before}${parts.relation}${said.after}`;
    },
  };
}

function restateRule({ object, text }: Task): Restatement | undefined {
  if (!text.startsWith("CREATE RULE ")) return undefined;
  const { part, whole } = partOf(object.identity);
  const relation = sql(namesOf(whole));
  return {
    statements: [`DROP RULE ${sql(namesOf(part))} ON ${relation}`, text.replace(/;\s*$/, "")],
    query: `SELECT pg_get_ruledef(oid) AS text FROM pg_rewrite
      WHERE ev_class = ${quoteLiteral(relation)}::regclass AND rulename = ${quoteLiteral(namesOf(part)[0] ?? "")}`,
  };
}

function restatePolicy({ object, text, schema }: Task, clause: string, column: string): Restatement {
  const { twin, create } = twinOf(relationOf(object), schema);
  const command = object.facts["command"] ?? "ALL";
  return {
    statements: [
      create,
      `CREATE POLICY ${quoteIdentifier(temporary)} ON ${twin} FOR ${command} ${clause} (${text})`,
    ],
    query: `SELECT pg_get_expr(${column}, polrelid) AS text FROM pg_policy WHERE polrelid = ${quoteLiteral(twin)}::regclass`,
  };
}

function restateFunction({ object, text }: Task): Restatement | undefined {
  if (!/^CREATE OR REPLACE (FUNCTION|PROCEDURE) /.test(text)) return undefined;
  const open = object.identity.indexOf("(", namesOf(object.identity).join(".").length - 1);
  const signature = `${sql(namesOf(object.identity))}${object.identity.slice(open)}`;
  return {
    statements: [text],
    query: `SELECT pg_get_functiondef(${quoteLiteral(signature)}::regprocedure) AS text`,
  };
}

function restateStatistics({ object, text }: Task): Restatement | undefined {
  if (!text.startsWith("CREATE STATISTICS ")) return undefined;
  const names = namesOf(object.identity);
  return {
    statements: [`DROP STATISTICS ${sql(names)}`, text],
    query: `SELECT pg_get_statisticsobjdef(s.oid) AS text FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace
      WHERE n.nspname = ${quoteLiteral(names[0] ?? "")} AND s.stxname = ${quoteLiteral(names[1] ?? "")}`,
  };
}

function restatePartitionKey({ object, text, schema }: Task): Restatement {
  const { twin, create } = twinOf(object.identity, schema, ` PARTITION BY ${text}`);
  return { statements: [create], query: `SELECT pg_get_partkeydef(${quoteLiteral(twin)}::regclass) AS text` };
}

/** 16 writes ICU locales as language tags. */
function restateLocale({ object, text, schema }: Task): Restatement | undefined {
  if (object.facts["provider"] !== "icu") return undefined;
  return {
    statements: [
      `CREATE COLLATION ${qualifiedName(schema, "c")} (provider = icu, locale = ${quoteLiteral(text)})`,
    ],
    query: `SELECT coalesce(to_jsonb(c) ->> 'colllocale', to_jsonb(c) ->> 'colliculocale', c.collcollate) AS text
      FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace WHERE n.nspname = ${quoteLiteral(schema)}`,
  };
}

/** The identity of the relation that an object is a part of. */
function relationOf(object: CatalogObject): string {
  return object.parent?.replace(/^[a-z-]+ /, "") ?? "";
}

function sql(names: readonly string[]): string {
  return names.map(quoteIdentifier).join(".");
}
