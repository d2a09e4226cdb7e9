import { createHash, randomBytes } from "node:crypto";
import type { ApplicationName } from "../../postgres/session-parameters.ts";

/**
 * What one restore (or a workload) makes on its server. Each thing is noted before it is made, and taken out when the server refused it:
 * a run that is cut short in between gives it back all the same.
 */
export interface Made {
  /** Occurs in the names of the restoring role and of the sessions that make the rest. */
  readonly token: string;
  readonly databases: Set<string>;
  readonly roles: Set<string>;
  /** What the sessions that make the rest are called. */
  readonly session: ApplicationName;
  /** On a server that others use: OIDs of the databases, which are dropped by nothing else. Null: their names are ours alone. */
  readonly oids: Set<number> | null;
}

export function nothingMade(): Made {
  const token = randomBytes(6).toString("hex");
  return { token, databases: new Set(), roles: new Set(), session: `restore ${token}`, oids: null };
}

/** The same on a server that others use: whoever tries again under the same names finds what a killed one has left. */
export function madeInPlace(database: string, name: { readonly exact: string } | undefined): Made {
  const text = JSON.stringify([name?.exact ?? "", database]);
  const token = createHash("sha256").update(text).digest("hex").slice(0, 12);
  return { ...nothingMade(), token, session: name ?? `restore ${token}`, oids: new Set() };
}

export function restoreRoleName(made: Pick<Made, "token">): string {
  return `custody_restore_${made.token}`;
}

const standInPrefix = "custody_stand_in_";

/** The name of a role that stands for a powerful one in the same restore. */
export function standInName(made: Made): string {
  const own = made.oids === null ? randomBytes(6).toString("hex") : `${made.token}_${made.roles.size}`;
  return `${standInPrefix}${own}`;
}

/** Whether a restore in place of `database`, whose sessions bear `name`, makes a role called `role`: it takes it away before it ends. */
export function isMadeInPlace(role: string, database: string, name: { readonly exact: string }): boolean {
  const made = madeInPlace(database, name);
  const standIn = `${standInPrefix}${made.token}_`;
  return (
    role === restoreRoleName(made) || (role.startsWith(standIn) && /^\d+$/.test(role.slice(standIn.length)))
  );
}

/** A pattern of LIKE for the names of all roles of the same restore. */
export function roleNames({ token }: Pick<Made, "token">): string {
  return `custody\\_%\\_${token}%`;
}
