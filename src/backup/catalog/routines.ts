import type { CatalogQuery } from "./query.ts";
import { comment, isUserSchema, privileges, qualified, unlessNone } from "./sql.ts";

/**
 * Functions, procedures, window functions and aggregates, named by their argument types. Those that a range type made for
 * itself come with the type.
 */
export const functions: CatalogQuery = () => `
SELECT 'function' AS kind, ${qualified("n.nspname", "p.proname")} || '(' || oidvectortypes(p.proargtypes) || ')' AS identity, NULL::text AS parent,
  json_build_object('owner', pg_get_userbyid(p.proowner), 'comment', ${comment("pg_proc", "p.oid")},
    'definition', CASE WHEN p.prokind <> 'a' THEN pg_get_functiondef(p.oid) ELSE concat_ws(', ',
      'aggregate (' || pg_get_function_arguments(p.oid) || ') returns ' || pg_get_function_result(p.oid),
      'kind ' || g.aggkind::text, 'sfunc ' || g.aggtransfn::regprocedure::text, 'stype ' || format_type(g.aggtranstype, NULL), 'sspace ' || g.aggtransspace,
      'final ' || ${unlessNone("g.aggfinalfn::regprocedure")} || ' extra ' || g.aggfinalextra || ' modify ' || g.aggfinalmodify::text,
      'combine ' || ${unlessNone("g.aggcombinefn::regprocedure")}, 'serial ' || ${unlessNone("g.aggserialfn::regprocedure")},
      'deserial ' || ${unlessNone("g.aggdeserialfn::regprocedure")}, 'initcond ' || quote_literal(g.agginitval),
      'msfunc ' || ${unlessNone("g.aggmtransfn::regprocedure")}, 'minvfunc ' || ${unlessNone("g.aggminvtransfn::regprocedure")},
      'mstype ' || CASE WHEN g.aggmtranstype <> 0 THEN format_type(g.aggmtranstype, NULL) END, 'minitcond ' || quote_literal(g.aggminitval),
      'mfinal ' || ${unlessNone("g.aggmfinalfn::regprocedure")}, 'sortop ' || nullif(g.aggsortop::regoperator::text, '0'),
      'parallel ' || p.proparallel::text) END) AS facts,
  ${privileges("f", "p.proowner", "p.proacl")}
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace LEFT JOIN pg_aggregate g ON g.aggfnoid = p.oid
WHERE ${isUserSchema("n.nspname")} AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = p.oid
  AND objsubid = 0 AND deptype IN ('e', 'i'))`;
