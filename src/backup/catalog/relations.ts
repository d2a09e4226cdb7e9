import type { CatalogQuery } from "./query.ts";
import {
  columnList,
  comment,
  isNoMember,
  isUserSchema,
  name,
  noPrivileges,
  options,
  privileges,
  qualified,
  relationName,
} from "./sql.ts";

const identity = qualified("n.nspname", "c.relname");

const ownRelations = `
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE ${isUserSchema("n.nspname")} AND c.relpersistence <> 't' AND ${isNoMember("pg_class", "c.oid")}`;

export const schemas: CatalogQuery = ({ major }) => `
SELECT 'schema' AS kind, ${name("n.nspname")} AS identity, NULL::text AS parent,
  json_build_object('owner', pg_get_userbyid(n.nspowner), 'comment', ${comment("pg_namespace", "n.oid")},
    'default owner', CASE WHEN n.nspname = 'public' AND ${major < 15 ? "n.nspowner = 10" : "n.nspowner = 'pg_database_owner'::regrole"}
      THEN pg_get_userbyid(n.nspowner) END) AS facts,
  ${privileges("n", "n.nspowner", "n.nspacl")}
FROM pg_namespace n
WHERE ${isUserSchema("n.nspname")} AND ${isNoMember("pg_namespace", "n.oid")}`;

/**
 * Tables, partitioned tables, partitions and foreign tables. The order of columns is left out where a table inherits: pg_dump
 * does not keep it there.
 */
export const tables: CatalogQuery = () => `
SELECT CASE c.relkind WHEN 'f' THEN 'foreign-table' ELSE 'table' END AS kind, ${identity} AS identity, NULL::text AS parent,
  json_build_object('owner', pg_get_userbyid(c.relowner), 'comment', ${comment("pg_class", "c.oid")},
    'column order', CASE WHEN c.relispartition OR NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid) THEN
      (SELECT json_agg(${name("a.attname")} ORDER BY a.attnum) FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) END,
    'persistence', CASE c.relpersistence WHEN 'u' THEN 'unlogged' END,
    'access method', (SELECT nullif(amname, 'heap') FROM pg_am WHERE oid = c.relam),
    'options', ${options("c.reloptions")},
    'toast options', (SELECT ${options("t.reloptions")} FROM pg_class t WHERE t.oid = c.reltoastrelid),
    'row security', CASE WHEN c.relrowsecurity AND c.relforcerowsecurity THEN 'enabled and forced'
      WHEN c.relrowsecurity THEN 'enabled' WHEN c.relforcerowsecurity THEN 'forced, not enabled' END,
    'partition key', pg_get_partkeydef(c.oid),
    'partition bound', pg_get_expr(c.relpartbound, c.oid),
    'inherits', (SELECT json_agg(${relationName("i.inhparent")} ORDER BY i.inhseqno) FROM pg_inherits i WHERE i.inhrelid = c.oid),
    'of type', CASE WHEN c.reloftype <> 0 THEN format_type(c.reloftype, NULL) END,
    'replica identity', CASE c.relreplident WHEN 'n' THEN 'nothing' WHEN 'f' THEN 'full' WHEN 'i' THEN
      (SELECT ${relationName("x.indexrelid")} FROM pg_index x WHERE x.indrelid = c.oid AND x.indisreplident) END,
    'clustered on', (SELECT ${relationName("x.indexrelid")} FROM pg_index x WHERE x.indrelid = c.oid AND x.indisclustered),
    'server', (SELECT s.srvname FROM pg_foreign_table f JOIN pg_foreign_server s ON s.oid = f.ftserver WHERE f.ftrelid = c.oid),
    'foreign options', (SELECT ${options("f.ftoptions")} FROM pg_foreign_table f WHERE f.ftrelid = c.oid)) AS facts,
  ${privileges("r", "c.relowner", "c.relacl")} ${ownRelations} AND c.relkind IN ('r', 'p', 'f')`;

/** Views and materialised views. Their columns are a fact; a column of theirs is an object only when it has facts of its own. */
export const views: CatalogQuery = () => `
SELECT CASE c.relkind WHEN 'm' THEN 'materialized-view' ELSE 'view' END AS kind, ${identity} AS identity, NULL::text AS parent,
  json_build_object('owner', pg_get_userbyid(c.relowner), 'comment', ${comment("pg_class", "c.oid")},
    'definition', pg_get_viewdef(c.oid), 'columns', ${columnList("c.oid")}, 'options', ${options("c.reloptions")},
    'access method', (SELECT nullif(amname, 'heap') FROM pg_am WHERE oid = c.relam),
    'populated', CASE WHEN c.relkind = 'm' THEN CASE WHEN c.relispopulated THEN 'yes' ELSE 'no' END END) AS facts,
  ${privileges("r", "c.relowner", "c.relacl")} ${ownRelations} AND c.relkind IN ('v', 'm')`;

/** What a sequence is; where it stands is no matter of the catalog. */
export const sequences: CatalogQuery = () => `
SELECT 'sequence' AS kind, ${identity} AS identity, NULL::text AS parent,
  json_build_object('owner', pg_get_userbyid(c.relowner), 'comment', ${comment("pg_class", "c.oid")},
    'type', format_type(s.seqtypid, NULL), 'start', s.seqstart::text, 'increment', s.seqincrement::text,
    'minimum', s.seqmin::text, 'maximum', s.seqmax::text, 'cache', s.seqcache::text, 'cycle', s.seqcycle,
    'persistence', CASE c.relpersistence WHEN 'u' THEN 'unlogged' END,
    'owned by', (SELECT ${relationName("d.refobjid")} || '.' || (${name("a.attname")}) || CASE d.deptype WHEN 'i' THEN ' as identity' ELSE '' END
      FROM pg_depend d JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
      WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0
        AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i'))) AS facts,
  ${privileges("s", "c.relowner", "c.relacl")}
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_sequence s ON s.seqrelid = c.oid
WHERE ${isUserSchema("n.nspname")} AND c.relpersistence <> 't' AND ${isNoMember("pg_class", "c.oid")}`;

export const statistics: CatalogQuery = () => `
SELECT 'statistics' AS kind, ${qualified("n.nspname", "s.stxname")} AS identity, 'table ' || ${relationName("s.stxrelid")} AS parent,
  json_build_object('owner', pg_get_userbyid(s.stxowner), 'comment', ${comment("pg_statistic_ext", "s.oid")},
    'definition', pg_get_statisticsobjdef(s.oid), 'target', nullif(s.stxstattarget, -1)) AS facts, ${noPrivileges}
FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace
WHERE ${isUserSchema("n.nspname")} AND ${isNoMember("pg_statistic_ext", "s.oid")}`;
