import type { ForeignFacts, InsideFacts } from "../facts.ts";
import type { Finding, Statement } from "../finding.ts";
import { isOrdinary } from "../policy.ts";
import type { LockdownPolicy } from "../policy.ts";
import { quoteGrantee, quoteName } from "../quote.ts";

const kinds = {
  wrapper: { object: "foreign data wrapper", alter: "FOREIGN DATA WRAPPER", on: "FOREIGN DATA WRAPPER" },
  server: { object: "foreign server", alter: "SERVER", on: "FOREIGN SERVER" },
  table: { object: "foreign table", alter: "FOREIGN TABLE", on: "TABLE" },
} as const;

const writing = ["INSERT", "UPDATE", "DELETE", "TRUNCATE"];

/** What writes into other databases with the passwords of a user mapping: foreign tables stay readable, and are written by nobody. */
export function judgeForeign(inside: InsideFacts, policy: LockdownPolicy): readonly Finding[] {
  return inside.foreign.flatMap((each): readonly Finding[] => {
    const { object, alter, on } = kinds[each.kind];
    const isOwned = each.kind !== "wrapper" && isOrdinary(policy, each.owner);
    const statements: string[] = [];
    if (isOwned) {
      statements.push(`ALTER ${alter} ${each.reference} OWNER TO ${quoteName(policy.proxyRole)}`);
      if (each.kind === "table")
        statements.push(`GRANT SELECT ON TABLE ${each.reference} TO ${quoteName(each.owner)}`);
    }
    const users = usersOf(each, isOwned).filter((user) => isOrdinary(policy, user.grantee));
    for (const { grantee, privileges } of users) {
      statements.push(
        `REVOKE ${privileges.join(", ")} ON ${on} ${each.reference} FROM ${quoteGrantee(grantee)} CASCADE`,
      );
    }
    if (statements.length === 0) return [];
    const who = [...(isOwned ? [each.owner] : []), ...users.map(({ grantee }) => grantee ?? "every role")];
    return [
      {
        way: "foreign-server",
        object: `${object} ${each.name}`,
        database: inside.database,
        reason: `${who.join(", ")} reaches another database through it, and no proxy sees what is written there`,
        statements: statements.map((sql): Statement => ({ database: inside.database, sql })),
        advice: null,
      },
    ];
  });
}

/** Who may use or write it, the owner's own rights apart: they go with the ownership. */
function usersOf(
  each: ForeignFacts,
  isOwned: boolean,
): readonly { readonly grantee: string | null; readonly privileges: readonly string[] }[] {
  const counted = each.kind === "table" ? writing : ["USAGE"];
  const byGrantee = new Map<string | null, string[]>();
  for (const { grantee, privilege } of each.grants) {
    if (!counted.includes(privilege) || (isOwned && grantee === each.owner)) continue;
    byGrantee.set(grantee, [...(byGrantee.get(grantee) ?? []), privilege]);
  }
  return [...byGrantee].map(([grantee, privileges]) => ({ grantee, privileges }));
}
