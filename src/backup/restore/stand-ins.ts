import type { CatalogObject } from "../fingerprint.ts";
import { quoteIdentifier } from "../../postgres/identifiers.ts";
import { findNodes } from "../../postgres/parse-sql.ts";
import type { SqlParser } from "../../postgres/parse-sql.ts";
import { readQualifiedName } from "../archive/sql-text.ts";

/**
 * Roles of the archive that are powerful on this server (its superuser, most often), and the powerless role that owns
 * here what they owned there. A stand-in's name occurs nowhere else: whoever compares puts the role's own name back.
 */
export type StandIns = ReadonlyMap<string, string>;

/** The same statement with every role that has a stand-in replaced; unchanged when it cannot be parsed. */
export function replaceRoles(statement: string, standIns: StandIns, parse: SqlParser): string {
  if (standIns.size === 0 || ![...standIns.keys()].some((role) => statement.includes(role))) return statement;
  const tree = parse(statement);
  if (tree === null) return statement;
  const places: { at: number; standIn: string }[] = [];
  for (const key of ["RoleSpec", "newowner", "role"]) {
    for (const node of findNodes(tree, key)) {
      const { rolename, location } = node;
      const standIn = typeof rolename === "string" ? standIns.get(rolename) : undefined;
      if (standIn !== undefined) places.push({ at: typeof location === "number" ? location : 0, standIn });
    }
  }
  // Places are bytes; the last one first, so that the others stay where they are.
  let bytes = Buffer.from(statement, "utf8");
  for (const { at, standIn } of places.toSorted((left, right) => right.at - left.at)) {
    const name = readQualifiedName(bytes.toString("utf8", at));
    if (name === null) continue;
    const length = Buffer.byteLength(bytes.toString("utf8", at).slice(0, name.length));
    bytes = Buffer.concat([
      bytes.subarray(0, at),
      Buffer.from(quoteIdentifier(standIn)),
      bytes.subarray(at + length),
    ]);
  }
  return bytes.toString("utf8");
}

/** Puts the roles' own names back into a catalog that was read from a restored database. */
export function withoutStandIns(
  catalog: readonly CatalogObject[],
  standIns: StandIns,
): readonly CatalogObject[] {
  if (standIns.size === 0) return catalog;
  const named = (text: string): string =>
    [...standIns].reduce((result, [role, standIn]) => result.replaceAll(standIn, role), text);
  return catalog.map((object) => ({
    ...object,
    identity: named(object.identity),
    ...(object.parent === undefined ? {} : { parent: named(object.parent) }),
    facts: Object.fromEntries(Object.entries(object.facts).map(([name, text]) => [name, named(text)])),
  }));
}
