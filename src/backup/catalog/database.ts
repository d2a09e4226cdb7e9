import type { CatalogQuery } from "./query.ts";
import { comment, isNoMember, name, noPrivileges, options, privileges } from "./sql.ts";

/** The database itself, whatever it is called. */
export const database: CatalogQuery = ({ major }) => `
SELECT 'database' AS kind, 'itself' AS identity, NULL::text AS parent,
  json_build_object('owner', pg_get_userbyid(d.datdba), 'encoding', pg_encoding_to_char(d.encoding),
    'collation', d.datcollate::text, 'ctype', d.datctype::text,
    'locale provider', ${major >= 15 ? "CASE d.datlocprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' END" : "NULL"},
    'locale', ${major >= 17 ? "d.datlocale" : major >= 15 ? "d.daticulocale" : "NULL"},
    'connection limit', nullif(d.datconnlimit, -1),
    'comment', (SELECT description FROM pg_shdescription WHERE classoid = 'pg_database'::regclass AND objoid = d.oid)) AS facts,
  ${privileges("d", "d.datdba", "d.datacl")}
FROM pg_database d WHERE d.datname = current_database()`;

/** Settings of the database, and of roles in it. Those of roles everywhere belong to the cluster. */
export const databaseSettings: CatalogQuery = () => `
SELECT 'database' AS kind, CASE s.setrole WHEN 0 THEN 'settings' ELSE 'settings of ' || pg_get_userbyid(s.setrole) END AS identity,
  NULL::text AS parent, (SELECT json_object_agg(split_part(o, '=', 1), substr(o, strpos(o, '=') + 1)) FROM unnest(s.setconfig) o) AS facts,
  ${noPrivileges}
FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase WHERE d.datname = current_database()`;

export const defaultPrivileges: CatalogQuery = () => `
SELECT 'default-privileges' AS kind, 'of ' || pg_get_userbyid(a.defaclrole) || coalesce(' in ' || (${name("n.nspname")}), '') || ' on '
    || CASE a.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions' WHEN 'T' THEN 'types'
      WHEN 'n' THEN 'schemas' ELSE 'large objects' END AS identity,
  CASE WHEN n.oid IS NOT NULL THEN 'schema ' || (${name("n.nspname")}) END AS parent, json_build_object() AS facts,
  pg_get_userbyid(a.defaclrole)::text AS acl_owner, CASE a.defaclobjtype WHEN 'S' THEN 's' ELSE a.defaclobjtype::text END AS acl_kind,
  to_json(a.defaclacl::text[]) AS acl
FROM pg_default_acl a LEFT JOIN pg_namespace n ON n.oid = a.defaclnamespace`;

export const eventTriggers: CatalogQuery = () => `
SELECT 'event-trigger' AS kind, (${name("e.evtname")}) AS identity, NULL::text AS parent,
  json_build_object('owner', pg_get_userbyid(e.evtowner), 'comment', ${comment("pg_event_trigger", "e.oid")}, 'event', e.evtevent::text,
    'function', e.evtfoid::regprocedure::text, 'tags', ${options("e.evttags")},
    'enabled', CASE e.evtenabled WHEN 'O' THEN 'enabled' WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'on replicas' ELSE 'always' END) AS facts,
  ${noPrivileges}
FROM pg_event_trigger e WHERE ${isNoMember("pg_event_trigger", "e.oid")}`;

/** Listed and never compared: a restore leaves them out. */
export const publications: CatalogQuery = () => `
SELECT 'publication' AS kind, (${name("p.pubname")}) AS identity, NULL::text AS parent,
  json_build_object('owner', pg_get_userbyid(p.pubowner)) AS facts, ${noPrivileges}
FROM pg_publication p WHERE ${isNoMember("pg_publication", "p.oid")}`;

export const subscriptions: CatalogQuery = () => `
SELECT 'subscription' AS kind, (${name("s.subname")}) AS identity, NULL::text AS parent,
  json_build_object('owner', pg_get_userbyid(s.subowner)) AS facts, ${noPrivileges}
FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid WHERE d.datname = current_database()`;

export const largeObjects: CatalogQuery = () => `
SELECT 'large-object' AS kind, l.oid::text AS identity, NULL::text AS parent,
  json_build_object('owner', pg_get_userbyid(l.lomowner), 'comment', ${comment("pg_largeobject", "l.oid")}) AS facts,
  ${privileges("L", "l.lomowner", "l.lomacl")}
FROM pg_largeobject_metadata l`;

export const securityLabels: CatalogQuery = () => `
SELECT 'security-label' AS kind, o.type || ' ' || o.identity AS identity, NULL::text AS parent,
  json_object_agg(l.provider, l.label) AS facts, ${noPrivileges}
FROM pg_seclabel l CROSS JOIN LATERAL pg_identify_object(l.classoid, l.objoid, l.objsubid) o
GROUP BY o.type, o.identity`;
