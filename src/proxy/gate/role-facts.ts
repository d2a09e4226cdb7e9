/** What is known of one role. */
export interface RoleStanding {
  /** Itself, or by a role that it may take on. */
  readonly isSuperuser: boolean;
  /** It could drop databases, roles or what others own, as itself or by a role that it may take on. */
  readonly isAdmin: boolean;
  /** Itself, and every role that it is a member of, directly or not. */
  readonly reaches: ReadonlySet<string>;
}

/** The roles of a target at one moment. */
export interface RoleFacts {
  /** Null: there was no such role. */
  standing(role: string): RoleStanding | null;
}

/** Where facts come from. */
export interface RoleFactsSource {
  /**
   * Not older than a few seconds, and asked for anew where one of the roles is not known; at once where that is so already. Rejects with
   * `OpsError` where they cannot be had in time.
   */
  facts(roles: readonly string[]): RoleFacts | Promise<RoleFacts>;
  /** What was known last, and has newer facts fetched where that is some time ago; null: nothing, or it is too old to say anything. */
  last(): RoleFacts | null;
}

export interface RoleRow {
  readonly oid: string;
  readonly name: string;
  readonly isSuperuser: boolean;
  /** CREATEROLE, CREATEDB, REPLICATION (it may drop any slot), or it owns a database. */
  readonly isPowerful: boolean;
}

export interface MembershipRow {
  readonly member: string;
  readonly role: string;
}

/** Predefined roles, and those of hosts, by which a session gets around what its own role may. */
const powerfulRoles: ReadonlySet<string> = new Set([
  "pg_execute_server_program",
  "pg_write_server_files",
  "pg_read_server_files",
  "pg_write_all_data",
  "pg_database_owner",
  "pg_create_subscription",
  "rds_superuser",
  "cloudsqlsuperuser",
  "alloydbsuperuser",
  "azure_pg_admin",
  "neon_superuser",
]);

/**
 * What the catalog says, by oid: whatever a role was called, it is what it is. A membership counts whichever way it works (INHERIT, SET or
 * ADMIN), and so does each in a chain.
 */
export function createRoleFacts(rows: readonly RoleRow[], memberships: readonly MembershipRow[]): RoleFacts {
  const byOid = new Map(rows.map((row) => [row.oid, row]));
  const byName = new Map(rows.map((row) => [row.name, row]));
  const rolesOf = Map.groupBy(memberships, ({ member }) => member);
  const found = new Map<string, RoleStanding>();

  function look(start: RoleRow): RoleStanding {
    const reached = new Set([start]);
    // What is added while the set is walked is walked, too.
    for (const { oid } of reached) {
      for (const { role } of rolesOf.get(oid) ?? []) {
        const next = byOid.get(role);
        if (next !== undefined) reached.add(next);
      }
    }
    const all = [...reached];
    return {
      isSuperuser: all.some(({ isSuperuser }) => isSuperuser),
      isAdmin: all.some((row) => row.isSuperuser || row.isPowerful || powerfulRoles.has(row.name)),
      reaches: new Set(all.map(({ name }) => name)),
    };
  }

  return {
    standing(role) {
      const known = found.get(role);
      if (known !== undefined) return known;
      const row = byName.get(role);
      if (row === undefined) return null;
      const standing = look(row);
      found.set(role, standing);
      return standing;
    },
  };
}
