import type { CatalogQuery } from "./query.ts";
import {
  collationName,
  comment,
  isNoMember,
  isUserSchema,
  name,
  noPrivileges,
  options,
  privileges,
  qualified,
  relationKind,
  relationName,
} from "./sql.ts";

const table = qualified("n.nspname", "c.relname");
const parent = `(${relationKind("c.relkind")}) || ' ' || ${table}`;

const fromOwn = (part: string, relation: string): string => `
FROM ${part} JOIN pg_class c ON c.oid = ${relation} JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE ${isUserSchema("n.nspname")} AND c.relpersistence <> 't' AND ${isNoMember("pg_class", "c.oid")}`;

/**
 * Columns of tables; of views and composite types only those with facts of their own.
 * Identity of partitions is their parent's (said there only since 17).
 */
export const columns: CatalogQuery = () => `
SELECT 'column' AS kind, ${table} || '.' || (${name("a.attname")}) AS identity, ${parent} AS parent,
  json_strip_nulls(json_build_object(
    'type', CASE WHEN is_table THEN format_type(a.atttypid, a.atttypmod) END,
    'collation', CASE WHEN is_table AND a.attcollation <> t.typcollation THEN ${collationName("a.attcollation")} END,
    'not null', is_table AND a.attnotnull,
    'default', CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END,
    'generated', CASE a.attgenerated WHEN 's' THEN 'stored as ' WHEN 'v' THEN 'virtual as ' END || pg_get_expr(d.adbin, d.adrelid),
    'identity', CASE WHEN NOT c.relispartition THEN CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END END,
    'storage', CASE WHEN is_table AND a.attstorage <> t.typstorage THEN
      CASE a.attstorage WHEN 'p' THEN 'plain' WHEN 'e' THEN 'external' WHEN 'm' THEN 'main' ELSE 'extended' END END,
    'compression', CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END,
    'statistics', nullif(a.attstattarget, -1), 'options', ${options("a.attoptions")},
    'foreign options', ${options("a.attfdwoptions")},
    'comment', s.description)) AS facts,
  ${privileges("c", "c.relowner", "a.attacl")}
FROM pg_attribute a
LEFT JOIN pg_description s ON s.classoid = 'pg_class'::regclass AND s.objoid = a.attrelid AND s.objsubid = a.attnum
JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
CROSS JOIN LATERAL (SELECT c.relkind IN ('r', 'p', 'f') AS is_table) k
WHERE a.attnum > 0 AND NOT a.attisdropped
  AND ${isUserSchema("n.nspname")} AND c.relpersistence <> 't' AND ${isNoMember("pg_class", "c.oid")}
  AND (is_table OR (c.relkind IN ('v', 'm', 'c')
    AND (d.adbin IS NOT NULL OR a.attacl IS NOT NULL OR s.description IS NOT NULL OR a.attoptions IS NOT NULL OR a.attstattarget >= 0)))`;

/** Indexes that stand behind no constraint. Like pg_dump, not those that are not valid (a failed CREATE INDEX CONCURRENTLY). */
export const indexes: CatalogQuery = () => `
SELECT 'index' AS kind, ${qualified("n.nspname", "ic.relname")} AS identity, ${parent} AS parent,
  json_build_object('definition', pg_get_indexdef(i.indexrelid), 'comment', ${comment("pg_class", "i.indexrelid")},
    'validity', CASE WHEN NOT i.indisvalid THEN 'not valid' END,
    'part of', (SELECT ${relationName("h.inhparent")} FROM pg_inherits h WHERE h.inhrelid = i.indexrelid),
    'statistics', (SELECT json_agg(a.attnum || ': ' || a.attstattarget ORDER BY a.attnum) FROM pg_attribute a
      WHERE a.attrelid = i.indexrelid AND a.attstattarget >= 0)) AS facts,
  ${noPrivileges} ${fromOwn("pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid", "i.indrelid")}
  AND (i.indisvalid OR c.relkind = 'p') AND i.indisready
  AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))`;

/**
 * Constraints of tables with what stands behind them. NOT NULL belongs to the column (a constraint only since 18); foreign keys
 * that partitions have from their parent come with the parent's.
 */
export const constraints: CatalogQuery = () => `
SELECT CASE k.contype WHEN 'f' THEN 'foreign-key' ELSE 'constraint' END AS kind,
  (${name("k.conname")}) || ' on ' || ${table} AS identity, ${parent} AS parent,
  json_build_object('definition', pg_get_constraintdef(k.oid), 'comment', ${comment("pg_constraint", "k.oid")},
    'options', CASE WHEN k.contype IN ('p', 'u', 'x') THEN (SELECT ${options("ic.reloptions")} FROM pg_class ic WHERE ic.oid = k.conindid) END,
    'validity', CASE WHEN k.contype IN ('p', 'u', 'x') AND c.relkind <> 'p' THEN
      (SELECT 'index not valid' FROM pg_index i WHERE i.indexrelid = k.conindid AND NOT i.indisvalid) END,
    'enabled', CASE WHEN EXISTS (SELECT FROM pg_trigger t WHERE t.tgconstraint = k.oid AND t.tgenabled = 'D') THEN 'disabled' END) AS facts,
  ${noPrivileges} ${fromOwn("pg_constraint k", "k.conrelid")}
  AND k.contype IN ('c', 'f', 'p', 'u', 'x') AND NOT (k.contype = 'f' AND k.conparentid <> 0)`;

/** Triggers, and their copies on partitions (which 14 calls internal). */
export const triggers: CatalogQuery = () => `
SELECT 'trigger' AS kind, (${name("t.tgname")}) || ' on ' || ${table} AS identity, ${parent} AS parent,
  json_build_object('definition', pg_get_triggerdef(t.oid), 'comment', ${comment("pg_trigger", "t.oid")},
    'enabled', CASE t.tgenabled WHEN 'O' THEN 'enabled' WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'on replicas' ELSE 'always' END) AS facts,
  ${noPrivileges} ${fromOwn("pg_trigger t", "t.tgrelid")}
  AND (NOT t.tgisinternal OR (t.tgparentid <> 0 AND NOT EXISTS
    (SELECT FROM pg_constraint k WHERE k.oid = t.tgconstraint AND k.contype <> 't')))`;

export const rules: CatalogQuery = () => `
SELECT 'rule' AS kind, (${name("r.rulename")}) || ' on ' || ${table} AS identity, ${parent} AS parent,
  json_build_object('definition', pg_get_ruledef(r.oid), 'comment', ${comment("pg_rewrite", "r.oid")},
    'state', CASE r.ev_enabled WHEN 'O' THEN 'enabled' WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'on replicas' ELSE 'always' END) AS facts,
  ${noPrivileges} ${fromOwn("pg_rewrite r", "r.ev_class")} AND r.rulename <> '_RETURN'`;

export const policies: CatalogQuery = () => `
SELECT 'policy' AS kind, (${name("p.polname")}) || ' on ' || ${table} AS identity, ${parent} AS parent,
  json_build_object('command', CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
    'kind', CASE WHEN p.polpermissive THEN 'permissive' ELSE 'restrictive' END,
    'roles', (SELECT json_agg(r ORDER BY r COLLATE "C") FROM
      (SELECT CASE role WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(role)::text END AS r FROM unnest(p.polroles) role) roles),
    'using', pg_get_expr(p.polqual, p.polrelid), 'check', pg_get_expr(p.polwithcheck, p.polrelid),
    'comment', ${comment("pg_policy", "p.oid")}) AS facts,
  ${noPrivileges} ${fromOwn("pg_policy p", "p.polrelid")}`;
