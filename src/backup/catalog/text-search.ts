import type { CatalogQuery } from "./query.ts";
import { comment, isNoMember, isUserSchema, noPrivileges, qualified, unlessNone } from "./sql.ts";

export const configurations: CatalogQuery = () => `
SELECT 'text-search-configuration' AS kind, ${qualified("n.nspname", "c.cfgname")} AS identity, NULL::text AS parent,
  json_build_object('owner', pg_get_userbyid(c.cfgowner), 'comment', ${comment("pg_ts_config", "c.oid")},
    'parser', ${qualified("pn.nspname", "p.prsname")},
    'mapping', (SELECT json_agg(alias || ': ' || dictionaries ORDER BY alias COLLATE "C") FROM (
      SELECT k.alias, string_agg(${qualified("dn.nspname", "d.dictname")}, ', ' ORDER BY m.mapseqno) AS dictionaries
      FROM pg_ts_config_map m JOIN ts_token_type(c.cfgparser) k ON k.tokid = m.maptokentype
      JOIN pg_ts_dict d ON d.oid = m.mapdict JOIN pg_namespace dn ON dn.oid = d.dictnamespace
      WHERE m.mapcfg = c.oid GROUP BY k.alias) mappings)) AS facts, ${noPrivileges}
FROM pg_ts_config c JOIN pg_namespace n ON n.oid = c.cfgnamespace
JOIN pg_ts_parser p ON p.oid = c.cfgparser JOIN pg_namespace pn ON pn.oid = p.prsnamespace
WHERE ${isUserSchema("n.nspname")} AND ${isNoMember("pg_ts_config", "c.oid")}`;

export const dictionaries: CatalogQuery = () => `
SELECT 'text-search-dictionary' AS kind, ${qualified("n.nspname", "d.dictname")} AS identity, NULL::text AS parent,
  json_build_object('owner', pg_get_userbyid(d.dictowner), 'comment', ${comment("pg_ts_dict", "d.oid")},
    'template', ${qualified("tn.nspname", "t.tmplname")}, 'options', d.dictinitoption) AS facts, ${noPrivileges}
FROM pg_ts_dict d JOIN pg_namespace n ON n.oid = d.dictnamespace
JOIN pg_ts_template t ON t.oid = d.dicttemplate JOIN pg_namespace tn ON tn.oid = t.tmplnamespace
WHERE ${isUserSchema("n.nspname")} AND ${isNoMember("pg_ts_dict", "d.oid")}`;

export const parsers: CatalogQuery = () => `
SELECT 'text-search-parser' AS kind, ${qualified("n.nspname", "p.prsname")} AS identity, NULL::text AS parent,
  json_build_object('comment', ${comment("pg_ts_parser", "p.oid")},
    'definition', concat_ws(', ', p.prsstart::regproc::text, p.prstoken::regproc::text, p.prsend::regproc::text, ${unlessNone("p.prsheadline::regproc")}, p.prslextype::regproc::text)) AS facts,
  ${noPrivileges}
FROM pg_ts_parser p JOIN pg_namespace n ON n.oid = p.prsnamespace
WHERE ${isUserSchema("n.nspname")} AND ${isNoMember("pg_ts_parser", "p.oid")}`;

export const templates: CatalogQuery = () => `
SELECT 'text-search-template' AS kind, ${qualified("n.nspname", "t.tmplname")} AS identity, NULL::text AS parent,
  json_build_object('comment', ${comment("pg_ts_template", "t.oid")},
    'definition', concat_ws(', ', ${unlessNone("t.tmplinit::regproc")}, t.tmpllexize::regproc::text)) AS facts, ${noPrivileges}
FROM pg_ts_template t JOIN pg_namespace n ON n.oid = t.tmplnamespace
WHERE ${isUserSchema("n.nspname")} AND ${isNoMember("pg_ts_template", "t.oid")}`;
