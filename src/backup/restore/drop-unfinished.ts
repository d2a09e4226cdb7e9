import type { Session } from "../../postgres/connect.ts";
import { giveBack } from "./give-back.ts";
import { roleNames } from "./made.ts";
import type { Made } from "./made.ts";

/**
 * Gives back what a restore in place of the same name began and, killed, did not finish: a database that still belongs to the role that
 * nothing but that restore has, and its roles. The caller keeps others away, and has ended the sessions of the killed one.
 */
export async function dropUnfinished(admin: Session, made: Made, database: string): Promise<void> {
  const roles = await admin.sql<{ name: string }[]>`
    select rolname as name from pg_catalog.pg_roles where rolname like ${roleNames(made)}`;
  if (roles.length === 0) return;
  await giveBack(admin.settings, {
    ...made,
    databases: new Set([database]),
    roles: new Set(roles.map(({ name }) => name)),
  });
}
