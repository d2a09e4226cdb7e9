import type { AclKind } from "./query.ts";

/** `identityOf` in SQL: quoted by the characters of the name alone. */
export function name(expression: string): string {
  return `CASE WHEN ${expression} ~ '^[a-z_][a-z0-9_$]*$' THEN ${expression}::text ELSE '"' || replace(${expression}::text, '"', '""') || '"' END`;
}

export function qualified(schema: string, expression: string): string {
  return `(${name(schema)}) || '.' || (${name(expression)})`;
}

/** Schemas that hold what users made, as pg_dump sees it. */
export function isUserSchema(schema: string): string {
  return `${schema} !~ '^pg_' AND ${schema} <> 'information_schema'`;
}

/** Members of an extension come with CREATE EXTENSION and are left out. */
export function isNoMember(catalog: string, oid: string): string {
  return `NOT EXISTS (SELECT FROM pg_depend WHERE classid = '${catalog}'::regclass AND objid = ${oid} AND objsubid = 0 AND deptype = 'e')`;
}

export function comment(catalog: string, oid: string, part = "0"): string {
  return `(SELECT description FROM pg_description WHERE classoid = '${catalog}'::regclass AND objoid = ${oid} AND objsubid = ${part})`;
}

/** A list of options, which has no order of its own. */
export function options(array: string): string {
  return `CASE WHEN ${array} IS NOT NULL THEN (SELECT json_agg(o ORDER BY o COLLATE "C") FROM unnest(${array}) o) END`;
}

/** Lists with columns of a relation, in order: `id integer, name text COLLATE "C"`. */
export function columnList(relation: string): string {
  return `(SELECT json_agg((${name("att.attname")}) || ' ' || format_type(att.atttypid, att.atttypmod)
      || CASE WHEN att.attcollation <> typ.typcollation THEN ' COLLATE ' || (${collationName("att.attcollation")}) ELSE '' END
      ORDER BY att.attnum)
    FROM pg_attribute att JOIN pg_type typ ON typ.oid = att.atttypid
    WHERE att.attrelid = ${relation} AND att.attnum > 0 AND NOT att.attisdropped)`;
}

export function collationName(oid: string): string {
  return `(SELECT ${qualified("cn.nspname", "co.collname")} FROM pg_collation co JOIN pg_namespace cn ON cn.oid = co.collnamespace WHERE co.oid = ${oid})`;
}

export function relationName(oid: string): string {
  return `(SELECT ${qualified("rn.nspname", "r.relname")} FROM pg_class r JOIN pg_namespace rn ON rn.oid = r.relnamespace WHERE r.oid = ${oid})`;
}

/** The kind of a relation as `ObjectKind` has it; null for what is no object of its own. */
export function relationKind(relkind: string): string {
  return `CASE ${relkind} WHEN 'r' THEN 'table' WHEN 'p' THEN 'table' WHEN 'f' THEN 'foreign-table' WHEN 'v' THEN 'view'
    WHEN 'm' THEN 'materialized-view' WHEN 'S' THEN 'sequence' WHEN 'c' THEN 'type' WHEN 'i' THEN 'index' WHEN 'I' THEN 'index' END`;
}

/** `regproc` and its like print `-` for nothing. */
export function unlessNone(reg: string): string {
  return `nullif(${reg}::text, '-')`;
}

/** The columns of a `CatalogRow` about privileges. */
export function privileges(kind: AclKind, owner: string, acl: string): string {
  return `pg_get_userbyid(${owner})::text AS acl_owner, '${kind}' AS acl_kind, to_json(${acl}::text[]) AS acl`;
}

export const noPrivileges = "NULL::text AS acl_owner, NULL::text AS acl_kind, NULL::json AS acl";
