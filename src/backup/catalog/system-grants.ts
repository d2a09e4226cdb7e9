import type { AclKind, CatalogQuery } from "./query.ts";
import { isNoMember, name, qualified } from "./sql.ts";

/**
 * Privileges on what no dump creates (system objects and members of extensions) that were changed since initdb or
 * CREATE EXTENSION made it: a dump holds these changes. Source: `pg_init_privs`, as pg_dump uses it.
 */
export const systemGrants: CatalogQuery = () =>
  [
    part(
      "relation",
      "pg_class",
      "c",
      "r",
      "c.relowner",
      "c.relacl",
      "c.relname",
      "c.relnamespace",
      "c.relkind IN ('r', 'p', 'v', 'm', 'f')",
    ),
    part(
      "sequence",
      "pg_class",
      "c",
      "s",
      "c.relowner",
      "c.relacl",
      "c.relname",
      "c.relnamespace",
      "c.relkind = 'S'",
    ),
    part(
      "function",
      "pg_proc",
      "c",
      "f",
      "c.proowner",
      "c.proacl",
      "c.proname",
      "c.pronamespace",
      "true",
      " || '(' || oidvectortypes(c.proargtypes) || ')'",
    ),
    part("type", "pg_type", "c", "T", "c.typowner", "c.typacl", "c.typname", "c.typnamespace", "true"),
    columns,
    schemas,
    member("language", "pg_language", "l", "lanname", "lanowner", "lanacl"),
    member("foreign-data-wrapper", "pg_foreign_data_wrapper", "F", "fdwname", "fdwowner", "fdwacl"),
    member("server", "pg_foreign_server", "S", "srvname", "srvowner", "srvacl"),
  ].join("\nUNION ALL\n");

const isSystem = (catalog: string, oid: string): string =>
  `((n.nspname = 'pg_catalog' AND ${oid} < 16384)
    OR EXISTS (SELECT FROM pg_depend WHERE classid = '${catalog}'::regclass AND objid = ${oid} AND objsubid = 0 AND deptype = 'e'))`;

function part(
  word: string,
  catalog: string,
  alias: string,
  kind: AclKind,
  owner: string,
  acl: string,
  objectName: string,
  schema: string,
  condition: string,
  suffix = "",
): string {
  return `SELECT 'system-object' AS kind, '${word} ' || ${qualified("n.nspname", objectName)}${suffix} AS identity, NULL::text AS parent,
    json_build_object() AS facts, pg_get_userbyid(${owner})::text AS acl_owner, '${kind}' AS acl_kind,
    to_json(${acl}::text[]) AS acl, coalesce(to_json(i.initprivs::text[]), 'null') AS acl_before
  FROM ${catalog} ${alias} JOIN pg_namespace n ON n.oid = ${schema}
  LEFT JOIN pg_init_privs i ON i.classoid = '${catalog}'::regclass AND i.objoid = ${alias}.oid AND i.objsubid = 0
  WHERE ${acl} IS DISTINCT FROM i.initprivs AND ${condition} AND ${isSystem(catalog, `${alias}.oid`)}`;
}

const columns = `SELECT 'system-object', 'column ' || ${qualified("n.nspname", "c.relname")} || '.' || a.attname, NULL::text,
    json_build_object(), pg_get_userbyid(c.relowner)::text, 'c', to_json(a.attacl::text[]), coalesce(to_json(i.initprivs::text[]), 'null')
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_init_privs i ON i.classoid = 'pg_class'::regclass AND i.objoid = c.oid AND i.objsubid = a.attnum
  WHERE a.attacl IS DISTINCT FROM i.initprivs AND NOT a.attisdropped AND ${isSystem("pg_class", "c.oid")}`;

const schemas = `SELECT 'system-object', 'schema ' || n.nspname, NULL::text, json_build_object(), pg_get_userbyid(n.nspowner)::text, 'n',
    to_json(n.nspacl::text[]), coalesce(to_json(i.initprivs::text[]), 'null')
  FROM pg_namespace n
  LEFT JOIN pg_init_privs i ON i.classoid = 'pg_namespace'::regclass AND i.objoid = n.oid AND i.objsubid = 0
  WHERE n.nspacl IS DISTINCT FROM i.initprivs AND ${isSystem("pg_namespace", "n.oid")}`;

/** Of what lies in no schema, pg_dump looks at members of extensions alone (plpgsql is one; sql is not, and no dump has its grants). */
function member(
  word: string,
  catalog: string,
  kind: AclKind,
  objectName: string,
  owner: string,
  acl: string,
): string {
  return `SELECT 'system-object', '${word} ' || (${name(`c.${objectName}`)}), NULL::text, json_build_object(), pg_get_userbyid(c.${owner})::text,
    '${kind}', to_json(c.${acl}::text[]), coalesce(to_json(i.initprivs::text[]), 'null')
  FROM ${catalog} c LEFT JOIN pg_init_privs i ON i.classoid = '${catalog}'::regclass AND i.objoid = c.oid AND i.objsubid = 0
  WHERE c.${acl} IS DISTINCT FROM i.initprivs AND NOT ${isNoMember(catalog, "c.oid")}`;
}
