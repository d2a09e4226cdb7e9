import type { DatabaseFacts, ServerFacts } from "../facts.ts";
import type { Finding, Statement } from "../finding.ts";
import { isOrdinary } from "../policy.ts";
import type { LockdownPolicy } from "../policy.ts";
import { quoteGrantee, quoteName } from "../quote.ts";
import { workersOf } from "./workers.ts";

/** Databases and tablespaces: who owns them, who gets in, who may create in them. */
export function judgeDatabases(server: ServerFacts, policy: LockdownPolicy): readonly Finding[] {
  return [
    ...server.databases.flatMap((database) => judgeDatabase(database, server, policy)),
    ...server.tablespaces
      .filter(({ owner }) => isOrdinary(policy, owner))
      .map(({ name, owner }): Finding => ({
        way: "tablespace",
        object: `tablespace ${name}`,
        database: null,
        reason: `${owner} owns it, and may drop or rename it`,
        statements: [
          {
            database: null,
            sql: `ALTER TABLESPACE ${quoteName(name)} OWNER TO ${quoteName(policy.proxyRole)}`,
          },
        ],
        advice: null,
      })),
  ];
}

function judgeDatabase(
  database: DatabaseFacts,
  server: ServerFacts,
  policy: LockdownPolicy,
): readonly Finding[] {
  const { name, owner, grants, takesConnections } = database;
  const object = `database ${name}`;
  const workers = workersOf(database, server, policy);
  const findings: Finding[] = [];
  const found = (way: Finding["way"], reason: string, statements: readonly string[]): void => {
    const closed = statements.map((sql): Statement => ({ database: null, sql }));
    findings.push({ way, object, database: null, reason, statements: closed, advice: null });
  };
  const isOwned = isOrdinary(policy, owner);
  if (isOwned) {
    found("database-owner", `${owner} owns it, and may drop, rename or lock it`, [
      `ALTER DATABASE ${quoteName(name)} OWNER TO ${quoteName(policy.proxyRole)}`,
      `GRANT CONNECT, TEMPORARY ON DATABASE ${quoteName(name)} TO ${quoteName(owner)}`,
    ]);
  }
  const may = (role: string | null, privilege: string): boolean =>
    grants.some((grant) => grant.grantee === role && grant.privilege === privilege);
  const entitled = [...workers.filter((role) => !isOwned || role !== owner), ...helpers(server, policy)];
  if (takesConnections && may(null, "CONNECT")) {
    found("database-connect", "every role of the server may connect to it", [
      ...entitled
        .filter((role) => role !== owner && !may(role, "CONNECT"))
        .map((role) => `GRANT CONNECT, TEMPORARY ON DATABASE ${quoteName(name)} TO ${quoteName(role)}`),
      `REVOKE CONNECT, TEMPORARY ON DATABASE ${quoteName(name)} FROM PUBLIC`,
    ]);
  }
  const creators = grants
    .filter(({ grantee, privilege }) => privilege === "CREATE" && isOrdinary(policy, grantee))
    .map(({ grantee }) => grantee)
    .filter((grantee) => !isOwned || grantee !== owner);
  for (const creator of new Set(creators)) {
    found(
      "database-create",
      `${creator ?? "every role"} may create schemas, named as an admin's own among them, and extensions`,
      [`REVOKE CREATE ON DATABASE ${quoteName(name)} FROM ${quoteGrantee(creator)} CASCADE`],
    );
  }
  return findings;
}

/** Exempt roles that are no superusers came in as everybody did. */
function helpers(server: ServerFacts, policy: LockdownPolicy): readonly string[] {
  return server.roles
    .filter(({ name, isSuperuser }) => policy.exempt.has(name) && !isSuperuser && !name.startsWith("pg_"))
    .map(({ name }) => name);
}
