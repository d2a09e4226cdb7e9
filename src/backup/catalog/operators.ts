import type { CatalogQuery } from "./query.ts";
import { comment, isNoMember, isUserSchema, name, noPrivileges, qualified, unlessNone } from "./sql.ts";

export const operators: CatalogQuery = () => `
SELECT 'operator' AS kind, (${name("n.nspname")}) || '.' || o.oprname || '(' || coalesce(format_type(nullif(o.oprleft, 0), NULL), 'none') || ', '
    || coalesce(format_type(nullif(o.oprright, 0), NULL), 'none') || ')' AS identity, NULL::text AS parent,
  json_build_object('owner', pg_get_userbyid(o.oprowner), 'comment', ${comment("pg_operator", "o.oid")},
    'definition', CASE WHEN o.oprcode = 0 THEN 'shell' ELSE concat_ws(', ', 'function ' || o.oprcode::regprocedure::text,
      'commutator ' || nullif(o.oprcom::regoperator::text, '0'), 'negator ' || nullif(o.oprnegate::regoperator::text, '0'),
      'restrict ' || ${unlessNone("o.oprrest::regproc")}, 'join ' || ${unlessNone("o.oprjoin::regproc")},
      CASE WHEN o.oprcanmerge THEN 'merges' END, CASE WHEN o.oprcanhash THEN 'hashes' END) END) AS facts, ${noPrivileges}
FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace
WHERE ${isUserSchema("n.nspname")} AND ${isNoMember("pg_operator", "o.oid")}`;

export const operatorClasses: CatalogQuery = () => `
SELECT 'operator-class' AS kind, ${qualified("n.nspname", "o.opcname")} || ' using ' || m.amname AS identity, NULL::text AS parent,
  json_build_object('owner', pg_get_userbyid(o.opcowner), 'comment', ${comment("pg_opclass", "o.oid")},
    'definition', concat_ws(', ', 'for ' || format_type(o.opcintype, NULL), CASE WHEN o.opcdefault THEN 'default' END,
      'family ' || ${qualified("fn.nspname", "f.opfname")}, 'storage ' || CASE WHEN o.opckeytype <> 0 THEN format_type(o.opckeytype, NULL) END)) AS facts,
  ${noPrivileges}
FROM pg_opclass o JOIN pg_namespace n ON n.oid = o.opcnamespace JOIN pg_am m ON m.oid = o.opcmethod
JOIN pg_opfamily f ON f.oid = o.opcfamily JOIN pg_namespace fn ON fn.oid = f.opfnamespace
WHERE ${isUserSchema("n.nspname")} AND ${isNoMember("pg_opclass", "o.oid")}`;

/** With all operators and functions that belong to it, of its classes and loose. */
export const operatorFamilies: CatalogQuery = () => `
SELECT 'operator-family' AS kind, ${qualified("n.nspname", "f.opfname")} || ' using ' || m.amname AS identity, NULL::text AS parent,
  json_build_object('owner', pg_get_userbyid(f.opfowner), 'comment', ${comment("pg_opfamily", "f.oid")},
    'operators', (SELECT json_agg(e ORDER BY e COLLATE "C") FROM (SELECT a.amopstrategy || ' ' || a.amopopr::regoperator::text
        || CASE WHEN a.amoppurpose = 'o' THEN ' for order by ' || (SELECT ${qualified("sn.nspname", "s.opfname")}
          FROM pg_opfamily s JOIN pg_namespace sn ON sn.oid = s.opfnamespace WHERE s.oid = a.amopsortfamily) ELSE '' END AS e
      FROM pg_amop a WHERE a.amopfamily = f.oid) entries),
    'functions', (SELECT json_agg(e ORDER BY e COLLATE "C") FROM (SELECT a.amprocnum || ' (' || format_type(a.amproclefttype, NULL) || ', '
        || format_type(a.amprocrighttype, NULL) || ') ' || a.amproc::regprocedure::text AS e
      FROM pg_amproc a WHERE a.amprocfamily = f.oid) entries)) AS facts, ${noPrivileges}
FROM pg_opfamily f JOIN pg_namespace n ON n.oid = f.opfnamespace JOIN pg_am m ON m.oid = f.opfmethod
WHERE ${isUserSchema("n.nspname")} AND ${isNoMember("pg_opfamily", "f.oid")}`;

/** The first oid that is not initdb's own (`FirstNormalObjectId`). */
const isUserMade = (oid: string): string => `${oid} >= 16384`;

export const casts: CatalogQuery = () => `
SELECT 'cast' AS kind, format_type(c.castsource, NULL) || ' as ' || format_type(c.casttarget, NULL) AS identity, NULL::text AS parent,
  json_build_object('comment', ${comment("pg_cast", "c.oid")},
    'definition', CASE c.castmethod WHEN 'f' THEN 'function ' || c.castfunc::regprocedure::text WHEN 'i' THEN 'inout' ELSE 'binary' END
      || CASE c.castcontext WHEN 'i' THEN ', implicit' WHEN 'a' THEN ', in assignments' ELSE '' END) AS facts, ${noPrivileges}
FROM pg_cast c WHERE ${isUserMade("c.oid")} AND ${isNoMember("pg_cast", "c.oid")}
  AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_cast'::regclass AND objid = c.oid AND deptype = 'i')`;

export const transforms: CatalogQuery = () => `
SELECT 'transform' AS kind, 'for ' || format_type(t.trftype, NULL) || ' language ' || l.lanname AS identity, NULL::text AS parent,
  json_build_object('comment', ${comment("pg_transform", "t.oid")},
    'definition', 'from ' || t.trffromsql::regprocedure::text || ' to ' || t.trftosql::regprocedure::text) AS facts, ${noPrivileges}
FROM pg_transform t JOIN pg_language l ON l.oid = t.trflang WHERE ${isUserMade("t.oid")} AND ${isNoMember("pg_transform", "t.oid")}`;

export const accessMethods: CatalogQuery = () => `
SELECT 'access-method' AS kind, (${name("a.amname")}) AS identity, NULL::text AS parent,
  json_build_object('comment', ${comment("pg_am", "a.oid")}, 'definition', a.amtype::text || ' ' || a.amhandler::regproc::text) AS facts, ${noPrivileges}
FROM pg_am a WHERE ${isUserMade("a.oid")} AND ${isNoMember("pg_am", "a.oid")}`;
