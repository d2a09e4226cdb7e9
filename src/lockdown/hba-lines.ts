import type { ServerFacts } from "./facts.ts";
import type { LockdownServer } from "./input.ts";
import { powerfulLogins } from "./judge/judge-hba.ts";
import type { LockdownPolicy } from "./policy.ts";

/**
 * Lines for the top of pg_hba.conf: powerful roles come in from the proxy, by certificate, and from nowhere else
 * (https://www.postgresql.org/docs/current/auth-pg-hba-conf.html). A name that such a file cannot hold is left out, and said.
 */
export function hbaLines(
  server: ServerFacts,
  policy: LockdownPolicy,
  given: LockdownServer,
): readonly string[] {
  const address = given.proxyAddress ?? "all";
  const names = powerfulLogins(server, policy).map(({ name }) => name);
  const writable = names.filter(isWritable);
  const others = writable.filter((name) => name !== policy.proxyRole);
  const proxy = writable.includes(policy.proxyRole) ? quote(policy.proxyRole) : null;
  return [
    "# The proxy's role: by a certificate that bears its name, and from nowhere else.",
    ...(proxy === null ? [] : [`hostssl all ${proxy} ${address} cert`, `host all ${proxy} all reject`]),
    ...(others.length === 0
      ? []
      : [
          "# Admins: at the server itself alone. To let one in with a certificate, put a hostssl line with cert above.",
          ...others.map((name) => `host all ${quote(name)} all reject`),
        ]),
    ...(names.length === writable.length
      ? []
      : [
          `# ${names.length - writable.length} of the roles have names that this file cannot hold: rename them, or take LOGIN from them.`,
        ]),
  ];
}

/** A line ends at a line break; a leading slash makes a pattern of a name, in quotes too (16 and newer). */
function isWritable(name: string): boolean {
  return !/[\p{Cc}\u2028\u2029]/u.test(name) && !name.startsWith("/");
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
