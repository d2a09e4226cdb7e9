import type { ComparatorName } from "../../backup/compare/difference.ts";
import type { FaultGroup } from "../events.ts";

/** A kind of fault in the catalog, and how to find something to plant it in. */
export interface FaultPlan {
  readonly group: FaultGroup;
  readonly fault: string;
  /** The comparator that must see it. */
  readonly comparator: ComparatorName;
  /** A query for candidates, best first: `object` (the names that the difference must hold, as JSON) and `statement` (the SQL that plants it). */
  readonly candidates: string;
}

/** Relations of the user's own: `n` is pg_namespace, `c` is pg_class. */
const ownRelation = `
  n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')`;

const relations = "pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace";
const names = "json_build_array(n.nspname, c.relname)";
const name = "format('%I.%I', n.nspname, c.relname)";

function own(what: string, catalog: string, alias: string): string {
  return `n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND NOT EXISTS (
    SELECT FROM pg_depend d WHERE d.classid = '${catalog}'::regclass AND d.objid = ${alias}.oid AND d.deptype IN ('e', 'i'))${what}`;
}

const structure: readonly Omit<FaultPlan, "group">[] = [
  {
    fault: "empty-table-dropped",
    comparator: "tables",
    candidates: `SELECT ${names} AS object, format('DROP TABLE %s', ${name}) AS statement FROM ${relations}
      WHERE c.relkind = 'r' AND NOT c.relispartition AND ${ownRelation} ORDER BY pg_relation_size(c.oid), c.relname LIMIT 20`,
  },
  {
    fault: "column-renamed",
    comparator: "columns",
    candidates: `SELECT json_build_array(a.attname) AS object,
        format('ALTER TABLE %s RENAME COLUMN %I TO custody_sabotage', ${name}, a.attname) AS statement
      FROM ${relations} JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      WHERE c.relkind = 'r' AND NOT c.relispartition AND ${ownRelation} ORDER BY c.relname, a.attnum DESC LIMIT 5`,
  },
  {
    fault: "default-dropped",
    comparator: "defaults",
    candidates: `SELECT json_build_array(a.attname) AS object,
        format('ALTER TABLE %s ALTER COLUMN %I DROP DEFAULT', ${name}, a.attname) AS statement
      FROM ${relations} JOIN pg_attribute a ON a.attrelid = c.oid AND a.atthasdef AND a.attgenerated = '' AND NOT a.attisdropped
      WHERE c.relkind = 'r' AND NOT c.relispartition AND ${ownRelation} ORDER BY c.relname, a.attnum LIMIT 5`,
  },
  {
    fault: "not-null-dropped",
    comparator: "not-null",
    candidates: `SELECT json_build_array(a.attname) AS object,
        format('ALTER TABLE %s ALTER COLUMN %I DROP NOT NULL', ${name}, a.attname) AS statement
      FROM ${relations} JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnotnull AND a.attidentity = '' AND NOT a.attisdropped
      WHERE c.relkind = 'r' AND a.attnum > 0 AND NOT c.relispartition AND ${ownRelation}
        AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND (i.indisprimary OR i.indisreplident)
          AND a.attnum = ANY (i.indkey))
      ORDER BY c.relname, a.attnum LIMIT 5`,
  },
  {
    fault: "index-dropped",
    comparator: "indexes",
    candidates: `SELECT json_build_array(c.relname) AS object, format('DROP INDEX %s', ${name}) AS statement
      FROM ${relations} JOIN pg_index i ON i.indexrelid = c.oid
      WHERE NOT c.relispartition AND ${ownRelation} AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid)
      ORDER BY c.relname LIMIT 5`,
  },
  {
    fault: "constraint-dropped",
    comparator: "constraints",
    candidates: `SELECT json_build_array(k.conname) AS object, format('ALTER TABLE %s DROP CONSTRAINT %I', ${name}, k.conname) AS statement
      FROM ${relations} JOIN pg_constraint k ON k.conrelid = c.oid
      WHERE k.contype IN ('c', 'u', 'p', 'x') AND k.coninhcount = 0 AND ${ownRelation} ORDER BY k.contype, k.conname LIMIT 20`,
  },
  {
    fault: "foreign-key-dropped",
    comparator: "foreign-keys",
    candidates: `SELECT json_build_array(k.conname) AS object, format('ALTER TABLE %s DROP CONSTRAINT %I', ${name}, k.conname) AS statement
      FROM ${relations} JOIN pg_constraint k ON k.conrelid = c.oid
      WHERE k.contype = 'f' AND k.conparentid = 0 AND ${ownRelation} ORDER BY k.conname LIMIT 5`,
  },
  {
    fault: "trigger-disabled",
    comparator: "trigger-state",
    candidates: `SELECT json_build_array(t.tgname) AS object, format('ALTER TABLE %s DISABLE TRIGGER %I', ${name}, t.tgname) AS statement
      FROM ${relations} JOIN pg_trigger t ON t.tgrelid = c.oid
      WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND c.relkind IN ('r', 'p') AND ${ownRelation} ORDER BY t.tgname LIMIT 5`,
  },
  {
    fault: "trigger-dropped",
    comparator: "triggers",
    candidates: `SELECT json_build_array(t.tgname) AS object, format('DROP TRIGGER %I ON %s', t.tgname, ${name}) AS statement
      FROM ${relations} JOIN pg_trigger t ON t.tgrelid = c.oid
      WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND ${ownRelation} ORDER BY t.tgname DESC LIMIT 5`,
  },
  {
    fault: "rule-dropped",
    comparator: "rules",
    candidates: `SELECT json_build_array(r.rulename) AS object, format('DROP RULE %I ON %s', r.rulename, ${name}) AS statement
      FROM ${relations} JOIN pg_rewrite r ON r.ev_class = c.oid
      WHERE r.rulename <> '_RETURN' AND ${ownRelation} ORDER BY r.rulename LIMIT 5`,
  },
  {
    // Not dropped: its rules would go with it, and only the view would be missed.
    fault: "view-changed",
    comparator: "views",
    candidates: `SELECT ${names} AS object, format('ALTER VIEW %s SET (security_barrier = %s)', ${name},
        'security_barrier=true' <> ALL (coalesce(c.reloptions, '{}'))) AS statement FROM ${relations}
      WHERE c.relkind = 'v' AND ${ownRelation} ORDER BY c.relname LIMIT 10`,
  },
  {
    fault: "materialized-view-emptied",
    comparator: "materialized-views",
    candidates: `SELECT ${names} AS object, format('REFRESH MATERIALIZED VIEW %s WITH NO DATA', ${name}) AS statement FROM ${relations}
      WHERE c.relkind = 'm' AND c.relispopulated AND ${ownRelation} ORDER BY c.relname LIMIT 5`,
  },
  {
    fault: "function-changed",
    comparator: "functions",
    candidates: `SELECT json_build_array(p.proname) AS object, format('ALTER ROUTINE %s COST 4711', p.oid::regprocedure) AS statement
      FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
      WHERE p.prokind IN ('f', 'p') AND ${own("", "pg_proc", "p")} ORDER BY p.proname LIMIT 5`,
  },
  {
    fault: "type-renamed",
    comparator: "types",
    candidates: `SELECT json_build_array(t.typname) AS object, format('ALTER TYPE %s RENAME TO custody_sabotage_type', t.oid::regtype) AS statement
      FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class k ON k.oid = t.typrelid
      WHERE t.typtype IN ('e', 'd', 'r', 'c') AND coalesce(k.relkind, 'c') = 'c' AND ${own("", "pg_type", "t")}
      ORDER BY t.typname LIMIT 5`,
  },
  {
    fault: "statistics-dropped",
    comparator: "statistics",
    candidates: `SELECT json_build_array(s.stxname) AS object, format('DROP STATISTICS %I.%I', n.nspname, s.stxname) AS statement
      FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace WHERE ${own("", "pg_statistic_ext", "s")}
      ORDER BY s.stxname LIMIT 5`,
  },
  {
    fault: "schema-added",
    comparator: "schemas",
    candidates:
      "SELECT json_build_array('custody_sabotage') AS object, 'CREATE SCHEMA custody_sabotage' AS statement",
  },
  {
    fault: "comment-changed",
    comparator: "comments",
    candidates: `SELECT ${names} AS object, format('COMMENT ON TABLE %s IS %L', ${name}, 'custody sabotage') AS statement FROM ${relations}
      WHERE c.relkind IN ('r', 'p') AND ${ownRelation} ORDER BY c.relname DESC LIMIT 5`,
  },
  {
    fault: "setting-changed",
    comparator: "database-settings",
    candidates: `SELECT json_build_array() AS object, format('ALTER DATABASE %I SET geqo_seed = 0.4711', current_database()) AS statement`,
  },
  {
    fault: "collation-added",
    comparator: "other-objects",
    candidates: `SELECT json_build_array('custody_sabotage') AS object,
        format('CREATE COLLATION %I.custody_sabotage FROM "C"', n.nspname) AS statement
      FROM pg_namespace n WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY n.nspname LIMIT 10`,
  },
];

const access: readonly Omit<FaultPlan, "group">[] = [
  {
    fault: "policy-dropped",
    comparator: "policies",
    candidates: `SELECT json_build_array(p.polname) AS object, format('DROP POLICY %I ON %s', p.polname, ${name}) AS statement
      FROM ${relations} JOIN pg_policy p ON p.polrelid = c.oid WHERE ${ownRelation} ORDER BY p.polname LIMIT 5`,
  },
  {
    fault: "owner-changed",
    comparator: "owners",
    candidates: `SELECT ${names} AS object, format('ALTER TABLE %s OWNER TO CURRENT_USER', ${name}) AS statement FROM ${relations}
      WHERE c.relkind IN ('r', 'p', 'v') AND NOT c.relispartition AND pg_get_userbyid(c.relowner) <> current_user AND ${ownRelation}
      ORDER BY c.relname LIMIT 5`,
  },
  {
    fault: "grant-lost",
    comparator: "grants",
    candidates: `SELECT ${names} AS object,
        format('REVOKE %s ON TABLE %s FROM %s', a.privilege_type, ${name},
          CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END) AS statement
      FROM ${relations}, aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) a
      WHERE c.relkind IN ('r', 'p', 'v', 'm') AND a.grantor = c.relowner AND a.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE') AND NOT a.is_grantable
        AND ${ownRelation} ORDER BY a.grantee = c.relowner, c.relname LIMIT 5`,
  },
  {
    fault: "default-privilege-added",
    comparator: "default-privileges",
    candidates:
      "SELECT json_build_array() AS object, 'ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC' AS statement",
  },
];

/** Every fault that can be planted in a catalog, each in the group that it is reported under. */
export const catalogFaults: readonly FaultPlan[] = [
  ...structure.map((plan) => ({ ...plan, group: "structure" as const })),
  ...access.map((plan) => ({ ...plan, group: "access" as const })),
];

/**
 * Faults that only a superuser can plant. They must run no code of the database's with his rights: event triggers, which would,
 * are switched off first (that itself fires none).
 */
export const superuserFaults: readonly FaultPlan[] = [
  {
    group: "structure",
    fault: "event-trigger-disabled",
    comparator: "event-triggers",
    candidates: `SELECT json_build_array(evtname) AS object, format('ALTER EVENT TRIGGER %I DISABLE', evtname) AS statement
      FROM pg_event_trigger WHERE evtenabled <> 'D' ORDER BY evtname LIMIT 1`,
  },
  {
    group: "structure",
    fault: "extension-dropped",
    comparator: "extensions",
    candidates: `SELECT json_build_array(extname) AS object,
        concat((SELECT string_agg(format('ALTER EVENT TRIGGER %I DISABLE; ', evtname), '') FROM pg_event_trigger),
          format('DROP EXTENSION %I CASCADE', extname)) AS statement
      FROM pg_extension ORDER BY extname = 'plpgsql', extname LIMIT 2`,
  },
];
