import { isDeepStrictEqual } from "node:util";
import { sqlParser } from "../../postgres/parse-sql.ts";
import type { SqlParser } from "../../postgres/parse-sql.ts";
import { objectKey } from "../fingerprint.ts";
import type { Fingerprint } from "../fingerprint.ts";
import { normaliseTree } from "./normalise-tree.ts";

/**
 * `restateDefinitions` for a database that must not be written to: expected definitions that PostgreSQL's own grammar finds
 * equal to the actual ones are said in the words of these. It knows the differences that it was taught (see `normaliseTree`);
 * a server asked itself knows them all.
 */
export async function restateByGrammar(expected: Fingerprint, actual: Fingerprint): Promise<Fingerprint> {
  const here = new Map(actual.objects.map((object) => [objectKey(object.kind, object.identity), object]));
  let parse: SqlParser | undefined;
  const objects = [...expected.objects];
  for (const [at, object] of objects.entries()) {
    const twin = here.get(objectKey(object.kind, object.identity));
    for (const [fact, text] of Object.entries(object.facts)) {
      const wrap = wraps[`${object.kind} ${fact}`];
      const other = twin?.facts[fact];
      if (wrap === undefined || other === undefined || other === text) continue;
      parse ??= await sqlParser();
      if (!isSame(parse, wrap(text), wrap(other))) continue;
      const restated = objects[at] ?? object;
      objects[at] = { ...restated, facts: { ...restated.facts, [fact]: other } };
    }
  }
  return { ...expected, objects };
}

function isSame(parse: SqlParser, left: string, right: string): boolean {
  const before = parse(left);
  const after = parse(right);
  if (before === null || after === null) return false;
  return isDeepStrictEqual(normaliseTree(before), normaliseTree(after));
}

const asStatement = (text: string): string => text;
const asExpression = (text: string): string => `SELECT (${text})`;

/** What makes a statement of a fact's text. */
const wraps: Readonly<Record<string, (text: string) => string>> = {
  "view definition": asStatement,
  "materialized-view definition": asStatement,
  "index definition": asStatement,
  "trigger definition": asStatement,
  "rule definition": asStatement,
  "function definition": asStatement,
  "statistics definition": asStatement,
  "column default": asExpression,
  "column generated": (text) => text.replace(/^(stored|virtual) as (.*)$/s, "SELECT '$1', ($2)"),
  "type default": asExpression,
  "policy using": asExpression,
  "policy check": asExpression,
  "constraint definition": (text) => `ALTER TABLE t ADD ${text}`,
  "domain-constraint definition": (text) => `ALTER TABLE t ADD ${text}`,
  "table partition key": (text) => `CREATE TABLE t (a integer) PARTITION BY ${text}`,
};
