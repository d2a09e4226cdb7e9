import type { MembershipFacts, ServerFacts } from "../facts.ts";
import type { Finding } from "../finding.ts";
import { isOrdinary } from "../policy.ts";
import type { LockdownPolicy } from "../policy.ts";
import { quoteName } from "../quote.ts";

/** Predefined roles that destroy, or that lead to it; those that only read or watch are not here. */
const dangerous: Readonly<Record<string, string>> = {
  pg_execute_server_program: "runs programs as the server's system user (COPY … PROGRAM)",
  pg_write_server_files: "overwrites the server's files (COPY … TO)",
  pg_read_server_files: "reads the server's files, passwords' verifiers and keys among them",
  pg_write_all_data: "deletes every row of every table",
  pg_signal_backend: "ends the sessions of others, those that make and prove tombstones among them",
  pg_maintain: "locks and rewrites every table",
  pg_create_subscription: "lets another server write into its tables",
};

/** Memberships by which an ordinary role is somebody powerful, and those that it may hand on. */
export function judgeMemberships(server: ServerFacts, policy: LockdownPolicy): readonly Finding[] {
  const findings: Finding[] = [];
  const isLogin = new Set(server.roles.filter(({ canLogin }) => canLogin).map(({ name }) => name));
  for (const membership of server.memberships) {
    const { role, member, mayHandOn } = membership;
    if (!isOrdinary(policy, member)) continue;
    const power = powerOf(role);
    if (power !== "") {
      findings.push({
        way: "membership",
        object: `role ${member}`,
        database: null,
        reason: `${member} is a member of ${role}, which ${power}`,
        statements: [{ database: null, sql: revoke("", membership, server.major) }],
        advice: null,
      });
    } else if (mayHandOn) {
      findings.push({
        way: "admin-option",
        object: `role ${member}`,
        database: null,
        reason: `${member} may make anybody a member of ${role}, itself too`,
        statements: [{ database: null, sql: revoke("ADMIN OPTION FOR ", membership, server.major) }],
        advice: null,
      });
    }
  }
  return findings;

  function powerOf(role: string): string {
    if (role.startsWith("pg_")) return dangerous[role] ?? "";
    if (!isOrdinary(policy, role))
      return `is exempt (${policy.exempt.get(role) ?? ""}) and may drop what it owns`;
    return isLogin.has(role) && policy.tenants.test(role)
      ? "is another tenant, whose tables it may drop"
      : "";
  }
}

/** Since 16 a membership may have been granted by several, and each grant is revoked by its grantor's name. */
function revoke(what: string, { role, member, grantor }: MembershipFacts, major: number): string {
  const by = major < 16 ? "" : ` GRANTED BY ${quoteName(grantor)}`;
  return `REVOKE ${what}${quoteName(role)} FROM ${quoteName(member)}${by} CASCADE`;
}
