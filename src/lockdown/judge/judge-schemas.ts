import type { DatabaseFacts, InsideFacts, SchemaFacts } from "../facts.ts";
import type { Finding, Statement } from "../finding.ts";
import { isOrdinary } from "../policy.ts";
import type { LockdownPolicy } from "../policy.ts";
import { quoteName } from "../quote.ts";

/** Schemas: who owns them, and whether everybody may create in them. `workers` are the ordinary roles of the database. */
export function judgeSchemas(
  inside: InsideFacts,
  place: { readonly database: DatabaseFacts; readonly workers: readonly string[] },
  policy: LockdownPolicy,
): readonly Finding[] {
  return inside.schemas.flatMap((schema) => {
    const findings: Finding[] = [];
    const found = (way: Finding["way"], reason: string, statements: readonly string[]): void => {
      const closed = statements.map((sql): Statement => ({ database: inside.database, sql }));
      const object = `schema ${schema.name}`;
      findings.push({ way, object, database: inside.database, reason, statements: closed, advice: null });
    };
    const grant = (role: string): string =>
      `GRANT USAGE, CREATE ON SCHEMA ${quoteName(schema.name)} TO ${quoteName(role)}`;
    const owner = realOwner(schema, place.database);
    const isOwned = isOrdinary(policy, owner);
    if (isOwned && schema.owner === owner) {
      found("schema-owner", `${owner} owns it, and may drop it with all that others put there`, [
        `ALTER SCHEMA ${quoteName(schema.name)} OWNER TO ${quoteName(policy.proxyRole)}`,
        grant(owner),
      ]);
    } else if (isOwned) {
      found("database-owner", `${owner} creates in it only because it owns the database`, [grant(owner)]);
    }
    const isForAll = schema.grants.some(
      ({ grantee, privilege }) => grantee === null && privilege === "CREATE",
    );
    // What a template has is for the databases made of it: without it a new tenant could create nothing (14).
    if (isForAll && !place.database.isTemplate) {
      const entitled = new Set([
        ...place.workers,
        ...schema.workers.filter((role) => isOrdinary(policy, role)),
      ]);
      if (isOwned) entitled.delete(owner);
      found(
        "schema-create",
        "every role may create functions in it that others, admins among them, then run",
        [
          ...[...entitled].filter((role) => !mayCreate(schema, role)).map(grant),
          `REVOKE CREATE ON SCHEMA ${quoteName(schema.name)} FROM PUBLIC`,
        ],
      );
    }
    return findings;
  });
}

/** `pg_database_owner` is whoever owns the database. */
function realOwner(schema: SchemaFacts, database: DatabaseFacts): string {
  return schema.owner === "pg_database_owner" ? database.owner : schema.owner;
}

function mayCreate(schema: SchemaFacts, role: string): boolean {
  return schema.grants.some(({ grantee, privilege }) => grantee === role && privilege === "CREATE");
}
