import type { HbaRule, RoleFacts, ServerFacts } from "../facts.ts";
import type { Finding } from "../finding.ts";
import type { LockdownPolicy } from "../policy.ts";

/** Roles that log in with more than an ordinary role's rights: those that are exempt, and can log in. */
export function powerfulLogins(server: ServerFacts, policy: LockdownPolicy): readonly RoleFacts[] {
  return server.roles.filter(({ name, canLogin }) => canLogin && policy.exempt.has(name));
}

/**
 * Whether pg_hba.conf lets powerful roles in over the network without a certificate, and anybody without proof. Addresses count for
 * nothing: a TCP proxy in between hides them. Lines are read in order, as the server does; the first that fits decides.
 */
export function judgeHba(server: ServerFacts, policy: LockdownPolicy): readonly Finding[] {
  if (server.hba === null) return [];
  const { file, rules } = server.hba;
  const wrong = rules.filter(({ error }) => error !== null);
  const open = (object: string, way: Finding["way"], reason: string, advice: string): Finding => ({
    way,
    object,
    database: null,
    reason,
    statements: [],
    advice,
  });
  const listens = server.listenAddresses.trim() !== "";
  return [
    ...wrong.map(({ line, error }) =>
      open(
        `line ${line} of ${file}`,
        "unread",
        `the server cannot read it: ${error}`,
        "correct the line, and reload",
      ),
    ),
    ...(listens ? powerfulLogins(server, policy) : []).flatMap(({ name }) => {
      const lines = openLines(name, rules, server);
      if (lines.length === 0) return [];
      return [
        open(
          `role ${name}`,
          "hba-network",
          `gets in over the network without a certificate, by line ${lines.join(", ")} of ${file}`,
          "put the lines for pg_hba.conf at its top, and reload",
        ),
      ];
    }),
    ...rules
      .filter(({ method, type }) => method === "trust" && (listens || type === "local"))
      .map(({ line, type }) =>
        open(
          `line ${line} of ${file}`,
          "hba-trust",
          "whoever reaches it is any role, with no proof of it",
          `replace trust by ${type === "local" ? "peer or scram-sha-256" : "scram-sha-256"}, and reload`,
        ),
      ),
  ];
}

/** Numbers of the lines that let a role in over the network without a certificate. */
function openLines(role: string, rules: readonly HbaRule[], server: ServerFacts): readonly number[] {
  const lines: number[] = [];
  for (const rule of rules) {
    if (rule.type === "local" || rule.error !== null || !fitsRole(role, rule, server)) continue;
    if (rule.databases.length === 1 && rule.databases[0] === "replication") continue;
    if (rule.method === "reject") {
      if (rule.type === "host" && rule.databases.includes("all") && rule.isAnyAddress) return lines;
      continue;
    }
    if (rule.method !== "cert" && !rule.options.includes("clientcert=verify-full")) lines.push(rule.line);
  }
  return lines;
}

function fitsRole(role: string, { roles }: HbaRule, server: ServerFacts): boolean {
  return roles.some((pattern) => {
    if (pattern === "all" || pattern === role) return true;
    if (pattern.startsWith("+")) return isMember(role, pattern.slice(1), server, new Set());
    return pattern.startsWith("/") && server.major >= 16;
  });
}

function isMember(role: string, group: string, server: ServerFacts, seen: Set<string>): boolean {
  if (role === group) return true;
  if (seen.has(role)) return false;
  seen.add(role);
  return server.memberships.some(
    ({ member, role: parent }) => member === role && isMember(parent, group, server, seen),
  );
}
