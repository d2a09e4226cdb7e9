import type { CatalogQuery } from "./query.ts";
import { comment, isNoMember, name, noPrivileges, privileges, unlessNone } from "./sql.ts";

/** Options, but of those that may be a secret only the name. */
const withoutSecrets = (array: string): string =>
  `(SELECT json_agg(CASE WHEN o ~* '^[^=]*(pass|secret|token|key|credential)' THEN split_part(o, '=', 1) || '=(not shown)' ELSE o END
    ORDER BY o COLLATE "C") FROM unnest(${array}) o)`;

export const wrappers: CatalogQuery = () => `
SELECT 'foreign-data-wrapper' AS kind, (${name("w.fdwname")}) AS identity, NULL::text AS parent,
  json_build_object('owner', pg_get_userbyid(w.fdwowner), 'comment', ${comment("pg_foreign_data_wrapper", "w.oid")},
    'handler', ${unlessNone("w.fdwhandler::regproc")}, 'validator', ${unlessNone("w.fdwvalidator::regproc")},
    'options', ${withoutSecrets("w.fdwoptions")}) AS facts,
  ${privileges("F", "w.fdwowner", "w.fdwacl")}
FROM pg_foreign_data_wrapper w WHERE ${isNoMember("pg_foreign_data_wrapper", "w.oid")}`;

export const servers: CatalogQuery = () => `
SELECT 'server' AS kind, (${name("s.srvname")}) AS identity, NULL::text AS parent,
  json_build_object('owner', pg_get_userbyid(s.srvowner), 'comment', ${comment("pg_foreign_server", "s.oid")},
    'wrapper', w.fdwname, 'type', s.srvtype, 'version', s.srvversion, 'options', ${withoutSecrets("s.srvoptions")}) AS facts,
  ${privileges("S", "s.srvowner", "s.srvacl")}
FROM pg_foreign_server s JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw WHERE ${isNoMember("pg_foreign_server", "s.oid")}`;

/** That there is one; its options hold passwords, and only some roles see them. */
export const userMappings: CatalogQuery = () => `
SELECT 'user-mapping' AS kind, coalesce(nullif(m.usename, 'public'), 'PUBLIC') || ' on ' || (${name("m.srvname")}) AS identity,
  'server ' || (${name("m.srvname")}) AS parent, json_build_object() AS facts, ${noPrivileges}
FROM pg_user_mappings m`;

export const extensions: CatalogQuery = () => `
SELECT 'extension' AS kind, (${name("e.extname")}) AS identity, NULL::text AS parent,
  json_build_object('schema', (${name("n.nspname")}), 'version', e.extversion, 'comment', ${comment("pg_extension", "e.oid")}) AS facts, ${noPrivileges}
FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace`;

export const languages: CatalogQuery = () => `
SELECT 'language' AS kind, (${name("l.lanname")}) AS identity, NULL::text AS parent,
  json_build_object('owner', pg_get_userbyid(l.lanowner), 'comment', ${comment("pg_language", "l.oid")}, 'trusted', l.lanpltrusted,
    'definition', concat_ws(', ', l.lanplcallfoid::regproc::text, ${unlessNone("l.laninline::regproc")}, ${unlessNone("l.lanvalidator::regproc")})) AS facts,
  ${privileges("l", "l.lanowner", "l.lanacl")}
FROM pg_language l WHERE l.lanispl AND l.oid >= 16384 AND ${isNoMember("pg_language", "l.oid")}`;
