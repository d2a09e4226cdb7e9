import type { Session } from "../../postgres/connect.ts";
import { isNode } from "../../postgres/parse-sql.ts";
import type { ParseNode, SqlParser } from "../../postgres/parse-sql.ts";
import { tryStatement } from "./run-statement.ts";
import type { StatementFailure } from "./run-statement.ts";

/**
 * Grants on what extensions made are the superuser's to give, since the extensions are its own. Only such as give no
 * power that everybody does not have already: any REVOKE; on relations, types and schemas outside the system's own; on
 * functions that PUBLIC may execute. Null when the statement is none of these: then the first failure stands.
 */
export async function grantOnExtension(
  admin: Session,
  statement: string,
  parse: SqlParser,
): Promise<{ readonly failure: StatementFailure | null } | null> {
  const [only, ...more] = parse(statement) ?? [];
  const grant = only?.["GrantStmt"];
  if (more.length > 0 || !isNode(grant) || grant["targtype"] !== "ACL_TARGET_OBJECT") return null;
  if (!(await isHarmless(admin, grant))) return null;
  return { failure: await tryStatement(admin, statement) };
}

async function isHarmless(admin: Session, grant: ParseNode): Promise<boolean> {
  if (grant["is_grant"] !== true) return true;
  const objects = Array.isArray(grant["objects"]) ? grant["objects"].filter(isNode) : [];
  switch (grant["objtype"]) {
    case "OBJECT_TABLE":
    case "OBJECT_SEQUENCE":
      return objects.every(
        (object) => isNode(object["RangeVar"]) && !isSystem(object["RangeVar"]["schemaname"]),
      );
    case "OBJECT_TYPE":
    case "OBJECT_DOMAIN":
      return true;
    case "OBJECT_SCHEMA":
      return objects.every((object) => isNode(object["String"]) && !isSystem(object["String"]["sval"]));
    case "OBJECT_FUNCTION":
    case "OBJECT_PROCEDURE":
    case "OBJECT_ROUTINE": {
      const open = await Promise.all(objects.map((object) => isOpenToAll(admin, object)));
      return open.every(Boolean);
    }
    default:
      return false;
  }
}

function isSystem(schema: unknown): boolean {
  return typeof schema !== "string" || schema.startsWith("pg_") || schema === "information_schema";
}

/** Whether everybody may execute every function of that name: the one that is meant is among them. */
async function isOpenToAll(admin: Session, object: ParseNode): Promise<boolean> {
  const named = object["ObjectWithArgs"];
  const parts = isNode(named) && Array.isArray(named["objname"]) ? named["objname"].filter(isNode) : [];
  const [schema, name] = parts.map((part) => (isNode(part["String"]) ? part["String"]["sval"] : undefined));
  if (typeof schema !== "string" || typeof name !== "string" || isSystem(schema)) return false;
  const rows = await admin.sql<{ open: boolean }[]>`
    select p.proacl is null or exists (
             select from pg_catalog.aclexplode(p.proacl) a where a.grantee = 0 and a.privilege_type = 'EXECUTE') as open
      from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
     where n.nspname = ${schema} and p.proname = ${name}`;
  return rows.length > 0 && rows.every(({ open }) => open);
}
