import type { ServerFacts } from "../facts.ts";
import type { Finding } from "../finding.ts";
import { isOrdinary } from "../policy.ts";
import type { LockdownPolicy } from "../policy.ts";
import { quoteName } from "../quote.ts";

/** Superusers that nobody exempted, and ordinary roles that may create, drop or copy what belongs to others. */
export function judgeRoles(server: ServerFacts, policy: LockdownPolicy): readonly Finding[] {
  const ordinary = server.roles.filter(({ name }) => isOrdinary(policy, name));
  return [
    ...ordinary
      .filter(({ isSuperuser }) => isSuperuser)
      .map(({ name }): Finding => ({
        way: "superuser",
        object: `role ${name}`,
        database: null,
        reason: `${name} may drop anything, and turn any guard off; --admin exempts one that must be`,
        statements: [{ database: null, sql: `ALTER ROLE ${quoteName(name)} NOSUPERUSER` }],
        advice: null,
      })),
    ...ordinary.flatMap(({ name, canCreateDatabases, canCreateRoles, canReplicate }): readonly Finding[] => {
      const found = [
        ...(canCreateDatabases
          ? [{ word: "NOCREATEDB", why: "creates databases, and owns, renames and drops what it creates" }]
          : []),
        ...(canCreateRoles
          ? [
              {
                word: "NOCREATEROLE",
                why:
                  server.major < 16
                    ? "drops, disables and joins every role that is no superuser"
                    : "creates roles, and drops and disables those that it administers",
              },
            ]
          : []),
        ...(canReplicate
          ? [{ word: "NOREPLICATION", why: "copies the whole server, and drops the slots of others" }]
          : []),
      ];
      if (found.length === 0) return [];
      return [
        {
          way: "attribute",
          object: `role ${name}`,
          database: null,
          reason: `${name} ${found.map(({ why }) => why).join("; ")}`,
          statements: [
            {
              database: null,
              sql: `ALTER ROLE ${quoteName(name)} ${found.map(({ word }) => word).join(" ")}`,
            },
          ],
          advice: null,
        },
      ];
    }),
  ];
}
