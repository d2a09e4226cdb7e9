import type { CatalogQuery } from "./query.ts";
import {
  collationName,
  columnList,
  comment,
  isNoMember,
  isUserSchema,
  name,
  noPrivileges,
  privileges,
  qualified,
  unlessNone,
} from "./sql.ts";

/** Enums, domains, composites, ranges, base and shell types; not the types that come with a table, an array or a range. */
export const types: CatalogQuery = () => `
SELECT 'type' AS kind, ${qualified("n.nspname", "t.typname")} AS identity, NULL::text AS parent,
  json_build_object('owner', pg_get_userbyid(t.typowner), 'comment', ${comment("pg_type", "t.oid")},
    'definition', CASE WHEN NOT t.typisdefined THEN 'shell' ELSE CASE t.typtype
      WHEN 'e' THEN (SELECT 'enum (' || coalesce(string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder), '') || ')'
        FROM pg_enum e WHERE e.enumtypid = t.oid)
      WHEN 'd' THEN 'domain ' || format_type(t.typbasetype, t.typtypmod)
      WHEN 'c' THEN 'composite ' || coalesce((SELECT string_agg(e, ', ') FROM json_array_elements_text(${columnList("t.typrelid")}) e), '')
      WHEN 'r' THEN (SELECT concat_ws(', ', 'range of ' || format_type(r.rngsubtype, NULL),
          'opclass ' || ${qualified("oc.nspname", "o.opcname")}, 'collation ' || CASE WHEN r.rngcollation <> 0 THEN ${collationName("r.rngcollation")} END,
          'canonical ' || ${unlessNone("r.rngcanonical")}, 'diff ' || ${unlessNone("r.rngsubdiff")},
          'multirange ' || format_type(r.rngmultitypid, NULL))
        FROM pg_range r JOIN pg_opclass o ON o.oid = r.rngsubopc JOIN pg_namespace oc ON oc.oid = o.opcnamespace WHERE r.rngtypid = t.oid)
      ELSE concat_ws(', ', 'base input ' || t.typinput::regproc::text, 'output ' || t.typoutput::regproc::text, 'receive ' || ${unlessNone("t.typreceive::regproc")},
        'send ' || ${unlessNone("t.typsend::regproc")}, 'typmod ' || ${unlessNone("t.typmodin::regproc")}, 'length ' || t.typlen,
        'align ' || t.typalign::text, 'storage ' || t.typstorage::text, 'category ' || t.typcategory::text, 'delimiter ' || t.typdelim::text, 'default ' || t.typdefault)
      END END,
    'collation', CASE WHEN t.typtype = 'd' AND t.typcollation <> b.typcollation THEN ${collationName("t.typcollation")} END,
    'not null', t.typtype = 'd' AND t.typnotnull,
    'default', CASE WHEN t.typtype = 'd' THEN coalesce(pg_get_expr(t.typdefaultbin, 0), t.typdefault) END) AS facts,
  ${privileges("T", "t.typowner", "t.typacl")}
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_type b ON b.oid = t.typbasetype
WHERE ${isUserSchema("n.nspname")} AND ${isNoMember("pg_type", "t.oid")} AND t.typtype <> 'm'
  AND (t.typrelid = 0 OR EXISTS (SELECT FROM pg_class c WHERE c.oid = t.typrelid AND c.relkind = 'c'))
  AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid)`;

/** CHECK constraints of domains; their NOT NULL (a constraint since 17) is a fact of the type. */
export const domainConstraints: CatalogQuery = () => `
SELECT 'domain-constraint' AS kind, (${name("k.conname")}) || ' on ' || ${qualified("n.nspname", "t.typname")} AS identity,
  'type ' || ${qualified("n.nspname", "t.typname")} AS parent,
  json_build_object('definition', pg_get_constraintdef(k.oid), 'comment', ${comment("pg_constraint", "k.oid")}) AS facts, ${noPrivileges}
FROM pg_constraint k JOIN pg_type t ON t.oid = k.contypid JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE ${isUserSchema("n.nspname")} AND ${isNoMember("pg_type", "t.oid")} AND k.contype = 'c'`;

/** Collations are their provider and locale; the version of the library below them is the machine's. */
export const collations: CatalogQuery = ({ major }) => `
SELECT 'collation' AS kind, ${qualified("n.nspname", "c.collname")} AS identity, NULL::text AS parent,
  json_build_object('owner', pg_get_userbyid(c.collowner), 'comment', ${comment("pg_collation", "c.oid")},
    'provider', CASE c.collprovider WHEN 'c' THEN 'libc' WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'default' END,
    'locale', coalesce(${major >= 17 ? "c.colllocale" : major >= 15 ? "c.colliculocale" : "NULL::text"}, c.collcollate::text),
    'ctype', CASE WHEN c.collprovider = 'c' THEN c.collctype::text END,
    'rules', ${major >= 16 ? "c.collicurules" : "NULL::text"}, 'deterministic', CASE WHEN c.collisdeterministic THEN 'yes' ELSE 'no' END) AS facts,
  ${noPrivileges}
FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace
WHERE ${isUserSchema("n.nspname")} AND ${isNoMember("pg_collation", "c.oid")}`;

export const conversions: CatalogQuery = () => `
SELECT 'conversion' AS kind, ${qualified("n.nspname", "c.conname")} AS identity, NULL::text AS parent,
  json_build_object('owner', pg_get_userbyid(c.conowner), 'comment', ${comment("pg_conversion", "c.oid")},
    'definition', pg_encoding_to_char(c.conforencoding) || ' to ' || pg_encoding_to_char(c.contoencoding) || ' by ' || c.conproc::regproc::text
      || CASE WHEN c.condefault THEN ', default' ELSE '' END) AS facts, ${noPrivileges}
FROM pg_conversion c JOIN pg_namespace n ON n.oid = c.connamespace
WHERE ${isUserSchema("n.nspname")} AND ${isNoMember("pg_conversion", "c.oid")}`;
