import { quoteIdentifier } from "../../postgres/identifiers.ts";
import type { Session } from "../../postgres/session.ts";
import { sha256, toHex } from "../../run/sha256.ts";
import type { Guards } from "./guards.ts";

const tables = ["audit_events", "audit_chain_head", "audit_chain_pruned"];

/** What stands around the chain now, in the terms of `Guards`. Needs no privilege: the catalog tells everybody. */
export async function readGuards(session: Session, schema: string): Promise<Guards> {
  const { sql } = session;
  const ownText = normaliser(schema);
  const functions = await sql<
    {
      name: string;
      language: string;
      result: string;
      defaults: string | null;
      definer: boolean;
      strict: boolean;
      volatility: string;
      settings: string;
      source: string;
      public: boolean;
    }[]
  >`
    select p.proname || '(' || pg_catalog.pg_get_function_identity_arguments(p.oid) || ')' as name,
           l.lanname as language, pg_catalog.pg_get_function_result(p.oid) as result, p.prosecdef as definer,
           pg_catalog.pg_get_expr(p.proargdefaults, 0) as defaults, p.proisstrict as strict, p.provolatile::text as volatility, pg_catalog.to_json(coalesce(p.proconfig, '{}'))::text as settings,
           coalesce(pg_catalog.pg_get_function_sqlbody(p.oid), p.prosrc) as source,
           exists (select from pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) a
                    where a.grantee = 0) as public
      from pg_catalog.pg_proc p
      join pg_catalog.pg_namespace n on n.oid = p.pronamespace
      join pg_catalog.pg_language l on l.oid = p.prolang
     where n.nspname = ${schema} and p.proname ~ '^audit_(events|chain)_' and p.prokind = 'f'`;
  const triggers = await sql<{ name: string; definition: string; enabled: string }[]>`
    select c.relname || '.' || t.tgname as name, pg_catalog.pg_get_triggerdef(t.oid) as definition,
           t.tgenabled::text as enabled
      from pg_catalog.pg_trigger t join pg_catalog.pg_class c on c.oid = t.tgrelid
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where n.nspname = ${schema} and c.relname in ${sql(tables)} and not t.tgisinternal`;
  const constraints = await sql<{ name: string; definition: string }[]>`
    select c.relname || '.' || k.conname as name, pg_catalog.pg_get_constraintdef(k.oid) as definition
      from pg_catalog.pg_constraint k join pg_catalog.pg_class c on c.oid = k.conrelid
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where n.nspname = ${schema} and c.relname in ${sql(tables)} and k.contype in ('p', 'u', 'c')
    union all
    select i.relname, pg_catalog.pg_get_indexdef(x.indexrelid) from pg_catalog.pg_index x
      join pg_catalog.pg_class i on i.oid = x.indexrelid join pg_catalog.pg_class c on c.oid = x.indrelid
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where n.nspname = ${schema} and c.relname in ${sql(tables)} and x.indisunique and x.indisvalid
       and not exists (select from pg_catalog.pg_constraint k where k.conindid = x.indexrelid)`;
  const columns = await sql<{ name: string; definition: string }[]>`
    select c.relname || '.' || a.attname as name,
           pg_catalog.format_type(a.atttypid, a.atttypmod)
             || case when a.attcollation in (0, y.typcollation) then '' else ' COLLATE ' || l.collname end
             || case when a.attnotnull then ' NOT NULL' else '' end
             || coalesce(' DEFAULT ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid), '') as definition
      from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      join pg_catalog.pg_type y on y.oid = a.atttypid
      left join pg_catalog.pg_collation l on l.oid = a.attcollation
      left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
     where n.nspname = ${schema} and c.relname in ${sql(tables)} and a.attnum > 0 and not a.attisdropped`;
  return {
    functions: record(functions, (each) => ({
      language: each.language,
      result: each.result,
      defaults: each.defaults,
      runsAsOwner: each.definer,
      isStrict: each.strict,
      volatility: each.volatility,
      settings: settingsOf(each.settings),
      source: toHex(sha256(Buffer.from(ownText(each.source), "utf8"))),
      isPublic: each.public,
    })),
    triggers: record(triggers, (each) =>
      each.enabled === "O"
        ? ownText(each.definition)
        : `${ownText(each.definition)} (enabled: ${each.enabled})`,
    ),
    constraints: record(constraints, (each) => ownText(withoutStorage(each.definition))),
    columns: record(columns, (each) => each.definition),
  };
}

/** How an index is stored (its fillfactor) says nothing of what it keeps out. */
function withoutStorage(definition: string): string {
  return definition.replace(/ WITH \([^()]*\)(?= WHERE |$)/, "");
}

/** As they are kept, but for quotes that a name does not need: a restore with quote_all_identifiers on has them. */
function settingsOf(json: string): readonly string[] {
  const settings: string[] = JSON.parse(json);
  return settings.map((each) => each.replaceAll(/"([a-z_][a-z0-9_]*)"/g, "$1"));
}

/** Puts `:schema` where the schema's name stands before one of the chain's own, quoted or not. */
function normaliser(schema: string): (text: string) => string {
  const escape = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const own = new RegExp(
    `(?:${escape(quoteIdentifier(schema))}|\\b${escape(schema)})\\.(?=audit_(?:events|chain)_?)`,
    "g",
  );
  return (text) => text.replaceAll(own, ":schema.");
}

function record<Row extends { readonly name: string }, Value>(
  rows: readonly Row[],
  valueOf: (row: Row) => Value,
): Record<string, Value> {
  const byName = rows.toSorted((left, right) => (left.name < right.name ? -1 : 1));
  return Object.fromEntries(byName.map((row) => [row.name, valueOf(row)]));
}
