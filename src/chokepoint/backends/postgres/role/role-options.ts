import { quoteLiteral } from "../../../../postgres/identifiers.ts";
import type { SavedRole } from "../saved.ts";

const flags = {
  isSuperuser: "superuser",
  inherits: "inherit",
  createsRoles: "createrole",
  createsDatabases: "createdb",
  replicates: "replication",
  bypassesRowSecurity: "bypassrls",
  canLogin: "login",
} as const satisfies Partial<Record<keyof SavedRole, string>>;

/** What `ALTER ROLE … WITH` must say to make one role what the other is; empty: nothing. */
export function roleOptions(saved: SavedRole, now: SavedRole): readonly string[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of a record are its keys
  const names = Object.keys(flags) as (keyof typeof flags)[];
  return [
    ...names.flatMap((name) =>
      saved[name] === now[name] ? [] : [`${saved[name] ? "" : "no"}${flags[name]}`],
    ),
    ...(saved.connectionLimit === now.connectionLimit ? [] : [`connection limit ${saved.connectionLimit}`]),
    ...(saved.validUntil === now.validUntil
      ? []
      : [`valid until ${quoteLiteral(saved.validUntil ?? "infinity")}`]),
  ];
}
