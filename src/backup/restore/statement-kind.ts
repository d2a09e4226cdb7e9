/** What a statement of a dump is about, as far as its place in a restore goes. */
export type StatementKind =
  /** Restored in order, by the unprivileged role. */
  | "main"
  /** `ALTER … OWNER TO`: when all data are there. */
  | "owner"
  /** Grants and default privileges: when owners are set. */
  | "acl"
  /** Whose session it is, in dumps with `--use-set-session-authorization` and around grants. */
  | "session"
  | "extension"
  | "event-trigger"
  /** Publications and subscriptions: a restored database must not reach others. */
  | "replication"
  | "user-mapping"
  /** About the database as a whole: done under its new name. */
  | "database"
  | "transaction";

const patterns: readonly (readonly [StatementKind, RegExp])[] = [
  ["transaction", /^(begin|start\s+transaction|commit|end|rollback|abort)\b/i],
  ["session", /^(set|reset)\s+session\s+authorization\b/i],
  ["extension", /^(create|alter|drop|comment\s+on)\s+extension\b/i],
  ["event-trigger", /^(create|alter|drop|comment\s+on)\s+event\s+trigger\b/i],
  [
    "replication",
    /^(create|alter|drop|comment\s+on|security\s+label\s+(for\s+\S+\s+)?on)\s+(publication|subscription)\b/i,
  ],
  ["user-mapping", /^(create|alter|drop)\s+user\s+mapping\b/i],
  ["database", /^(create|alter|drop|comment\s+on|security\s+label\s+(for\s+\S+\s+)?on)\s+database\b/i],
  ["database", /^alter\s+role\s+("([^"]|"")*"|\S+)\s+in\s+database\b/i],
  ["database", /^(grant|revoke)\b[^;']*\son\s+database\s/i],
  ["owner", /^alter\s+(?!default\b)[^']*\sowner\s+to\s+("([^"]|"")*"|[^\s"]+)\s*;?\s*$/i],
  ["acl", /^(grant|revoke|alter\s+default\s+privileges)\b/i],
];

/** By its first words; nothing here is trusted further than who may run it. */
export function statementKind(statement: string): StatementKind {
  const found = patterns.find(([, pattern]) => pattern.test(statement));
  return found === undefined ? "main" : found[0];
}

/** The role of `SET SESSION AUTHORIZATION 'x'`; null for DEFAULT and RESET. */
export function sessionRole(statement: string): string | null {
  const match = /^set\s+session\s+authorization\s+(?:'((?:[^']|'')*)'|"((?:[^"]|"")*)"|(\w+))/i.exec(
    statement,
  );
  if (match === null) return null;
  if (match[1] !== undefined) return match[1].replaceAll("''", "'");
  if (match[2] !== undefined) return match[2].replaceAll('""', '"');
  return match[3]?.toLowerCase() === "default" ? null : (match[3] ?? null);
}

/** What `pg_dump --clean` writes before it makes anything. */
export function isDrop(statement: string): boolean {
  return /^(drop\s|alter\s+table\s[^;]*\sdrop\s+(constraint|default|identity)\b|select\s+pg_catalog\.lo_unlink\()/i.test(
    statement,
  );
}
