import { beforeAll, describe, expect, test } from "bun:test";
import { comparators, compareFingerprints } from "../../../src/backup/compare/comparators.ts";
import { comparatorNames } from "../../../src/backup/compare/difference.ts";
import type { ComparatorName } from "../../../src/backup/compare/difference.ts";
import type { Fingerprint } from "../../../src/backup/fingerprint.ts";
import { connect } from "../../../src/postgres/connect.ts";
import type { Session } from "../../../src/postgres/connect.ts";
import { startTestCluster } from "../../support/cluster.ts";
import { loadRichSchema, readFingerprint } from "../../support/rich-database.ts";

const cluster = await startTestCluster(15);
let session: Session;
let healthy: Fingerprint;

beforeAll(async () => {
  await loadRichSchema(cluster);
  session = await connect(cluster.settings, { applicationName: "test" });
  healthy = await readFingerprint(session);
}, 30_000);

/** What the database looks like with a fault in it; the fault is undone. */
async function withFault(fault: string): Promise<Fingerprint> {
  await session.sql.unsafe("BEGIN");
  try {
    await session.sql.unsafe("SET LOCAL session_replication_role = replica");
    await session.sql.unsafe(fault);
    return await readFingerprint(session, healthy.tables);
  } finally {
    await session.sql.unsafe("ROLLBACK");
  }
}

const faults: readonly (readonly [name: string, finder: ComparatorName, sql: string])[] = [
  ["row deleted", "content", "DELETE FROM app.invoice WHERE id = 7"],
  ["row changed", "content", "UPDATE app.invoice SET note = note || ' ' WHERE id = 7"],
  ["row doubled", "content", "INSERT INTO app.no_columns DEFAULT VALUES"],
  [
    "text swapped between two rows",
    "content",
    `UPDATE "a.b""c"."t.""x""\nnewline" SET "select" = CASE "col.""1""" WHEN 1 THEN '\\.' ELSE 's' END`,
  ],
  ["NULL for empty text", "content", "UPDATE app.customer SET tags = '{NULL}' WHERE tags = '{}'"],
  [
    "a microsecond lost",
    "content",
    "UPDATE app.customer SET at = date_trunc('milliseconds', at) WHERE name = 'Ada'",
  ],
  ["trailing zero lost", "content", `UPDATE app.customer SET data = '{"a": {"b": 1.0}}' WHERE name = 'Ada'`],
  [
    "row moved to another partition's neighbour",
    "content",
    "UPDATE app.hashed SET id = id + 1000 WHERE id = 3",
  ],
  ["rows of two tables swapped", "content", "INSERT INTO app.cache VALUES ('x', 'y')"],
  ["index dropped", "indexes", "DROP INDEX app.invoice_total"],
  [
    "index without its condition",
    "indexes",
    "DROP INDEX app.invoice_state_in; CREATE INDEX invoice_state_in ON app.customer (id)",
  ],
  ["index of a materialised view dropped", "indexes", "DROP INDEX app.summary_state"],
  ["trigger dropped", "triggers", "DROP TRIGGER customer_touch ON app.customer"],
  [
    "trigger calls another function",
    "triggers",
    "CREATE OR REPLACE TRIGGER customer_replica BEFORE TRUNCATE ON app.customer EXECUTE FUNCTION app.pass(); ALTER TABLE app.customer ENABLE REPLICA TRIGGER customer_replica",
  ],
  ["trigger disabled", "trigger-state", "ALTER TABLE app.customer DISABLE TRIGGER customer_touch"],
  [
    "trigger only on replicas",
    "trigger-state",
    "ALTER TABLE app.customer ENABLE REPLICA TRIGGER customer_touch",
  ],
  [
    "foreign key not enforced",
    "trigger-state",
    "ALTER TABLE app.invoice DISABLE TRIGGER ALL; ALTER TABLE app.invoice ENABLE TRIGGER USER",
  ],
  ["foreign key dropped", "foreign-keys", "ALTER TABLE app.invoice DROP CONSTRAINT invoice_customer"],
  [
    "foreign key without cascade",
    "foreign-keys",
    "ALTER TABLE app.invoice DROP CONSTRAINT invoice_customer; ALTER TABLE app.invoice ADD CONSTRAINT invoice_customer FOREIGN KEY (customer_id) REFERENCES app.customer (id)",
  ],
  [
    "primary key dropped",
    "constraints",
    "ALTER TABLE app.event_2024 DROP CONSTRAINT IF EXISTS x; ALTER TABLE app.cache DROP CONSTRAINT cache_pkey",
  ],
  ["CHECK dropped", "constraints", "ALTER TABLE app.customer DROP CONSTRAINT customer_state_check"],
  [
    "CHECK validated no more",
    "constraints",
    `UPDATE pg_constraint SET convalidated = false WHERE conname = 'customer_state_check'`,
  ],
  ["exclusion dropped", "constraints", "ALTER TABLE app.invoice DROP CONSTRAINT invoice_room_during_excl"],
  ["sequence rewound", "sequences", "ALTER SEQUENCE app.invoice_id_seq RESTART WITH 3"],
  ["sequence not called", "sequences", "ALTER SEQUENCE app.big RESTART WITH 9223372036854775806"],
  ["sequence by another step", "sequences", "ALTER SEQUENCE app.counter INCREMENT BY -1"],
  ["sequence dropped", "sequences", "DROP SEQUENCE app.big"],
  ["default dropped", "defaults", "ALTER TABLE app.invoice ALTER COLUMN total DROP DEFAULT"],
  ["default changed", "defaults", "ALTER TABLE app.customer ALTER COLUMN late SET DEFAULT 43"],
  ["NOT NULL dropped", "not-null", "ALTER TABLE app.customer ALTER COLUMN name DROP NOT NULL"],
  ["NOT NULL of a partition dropped", "not-null", "ALTER TABLE app.event ALTER COLUMN kind DROP NOT NULL"],
  ["empty table dropped", "tables", "DROP TABLE app.nulls"],
  [
    "partition bound moved",
    "tables",
    "UPDATE pg_class SET relpartbound = (SELECT relpartbound FROM pg_class WHERE oid = 'app.hashed_1'::regclass) WHERE oid = 'app.hashed_0'::regclass",
  ],
  ["inheritance lost", "tables", "ALTER TABLE app.cat NO INHERIT app.animal"],
  ["table unlogged", "tables", "ALTER TABLE app.event_note SET UNLOGGED"],
  ["storage options lost", "tables", "ALTER TABLE app.customer RESET (fillfactor)"],
  ["replica identity lost", "tables", "ALTER TABLE app.customer REPLICA IDENTITY DEFAULT"],
  ["foreign table dropped", "tables", "DROP FOREIGN TABLE app.remote"],
  ["column too many", "columns", "ALTER TABLE app.nulls ADD COLUMN b integer"],
  ["type widened", "columns", "ALTER TABLE app.event_note ALTER COLUMN note TYPE varchar(100)"],
  [
    "collation lost",
    "columns",
    `UPDATE pg_attribute SET attcollation = 100 WHERE attrelid = 'app.customer'::regclass AND attname = 'name'`,
  ],
  [
    "identity lost",
    "columns",
    "UPDATE pg_attribute SET attidentity = 'd' WHERE attrelid = 'app.customer'::regclass AND attname = 'id'",
  ],
  ["statistics target lost", "columns", "ALTER TABLE app.customer ALTER COLUMN name SET STATISTICS -1"],
  ["owner changed", "owners", "ALTER TABLE app.customer OWNER TO CURRENT_USER"],
  ["owner of a function changed", "owners", "ALTER FUNCTION app.touch() OWNER TO rich_reader"],
  ["owner of a schema changed", "owners", "ALTER SCHEMA hr OWNER TO rich_reader"],
  ["owner of a large object changed", "owners", "ALTER LARGE OBJECT 4712 OWNER TO rich_reader"],
  ["grant lost", "grants", `REVOKE UPDATE ON app.customer FROM "rich.Wri ""ter"""`],
  ["grant of a column lost", "grants", "REVOKE SELECT (name) ON app.customer FROM rich_grantor"],
  ["grant option lost", "grants", "REVOKE GRANT OPTION FOR SELECT ON app.customer FROM rich_reader"],
  ["grant too many", "grants", "GRANT SELECT ON app.invoice TO PUBLIC"],
  [
    "revoked from PUBLIC no more",
    "grants",
    "GRANT EXECUTE ON FUNCTION app.plus_one(integer, integer) TO PUBLIC",
  ],
  [
    "grant on a system function lost",
    "grants",
    "REVOKE EXECUTE ON FUNCTION pg_catalog.pg_ls_dir(text) FROM rich_reader",
  ],
  [
    "grant on an extension's view lost",
    "grants",
    "REVOKE SELECT ON public.pg_stat_statements FROM rich_reader",
  ],
  ["grant on a large object lost", "grants", "REVOKE SELECT ON LARGE OBJECT 4711 FROM rich_reader"],
  ["policy lost", "policies", "DROP POLICY own_rows ON app.customer"],
  ["policy for everybody", "policies", "ALTER POLICY own_rows ON app.customer TO PUBLIC"],
  ["policy opened", "policies", "ALTER POLICY own_rows ON app.customer USING (true)"],
  ["row security off", "policies", "ALTER TABLE app.customer DISABLE ROW LEVEL SECURITY"],
  ["row security not forced", "policies", "ALTER TABLE app.customer NO FORCE ROW LEVEL SECURITY"],
  ["view dropped", "views", "DROP VIEW app.busy"],
  [
    "view changed",
    "views",
    "CREATE OR REPLACE VIEW app.invoker WITH (security_invoker = true) AS SELECT id FROM app.invoice WHERE id > 0",
  ],
  ["view without security barrier", "views", "ALTER VIEW app.active_customer RESET (security_barrier)"],
  ["materialised view dropped", "materialized-views", "DROP MATERIALIZED VIEW app.unpopulated"],
  [
    "materialised view not populated",
    "materialized-views",
    "REFRESH MATERIALIZED VIEW app.over_view WITH NO DATA",
  ],
  ["function dropped", "functions", "DROP FUNCTION app.unqualified()"],
  [
    "function stubbed",
    "functions",
    "CREATE OR REPLACE FUNCTION app.unqualified() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT 0::bigint'",
  ],
  ["function definer no more", "functions", "ALTER FUNCTION app.touch() SECURITY INVOKER"],
  ["aggregate dropped", "functions", "DROP AGGREGATE app.total(numeric)"],
  ["enum label renamed", "types", "ALTER TYPE app.mood RENAME VALUE 'sad' TO 'blue'"],
  ["domain's CHECK dropped", "types", "ALTER DOMAIN app.email DROP CONSTRAINT email_has_at"],
  ["domain's default dropped", "types", "ALTER DOMAIN app.email DROP DEFAULT"],
  ["type dropped", "types", "DROP TYPE app.float_span"],
  ["extension dropped", "extensions", "DROP EXTENSION file_fdw CASCADE"],
  ["extension in another schema", "extensions", "ALTER EXTENSION file_fdw SET SCHEMA hr"],
  ["comment lost", "comments", "COMMENT ON TABLE app.customer IS NULL"],
  ["comment of a column changed", "comments", "COMMENT ON COLUMN app.active_customer.n IS 'x'"],
  ["comment on an extension lost", "comments", "COMMENT ON EXTENSION postgres_fdw IS NULL"],
  ["comment on a trigger lost", "comments", "COMMENT ON TRIGGER customer_touch ON app.customer IS NULL"],
  ["large object changed", "large-objects", "SELECT lo_put(4711, 1, '\\x01')"],
  ["large object lost", "large-objects", "SELECT lo_unlink(4712)"],
  ["large object cut", "large-objects", "SELECT lo_truncate(lo_open(4713, 131072), 300000)"],
  ["schema lost", "schemas", "DROP SCHEMA hr"],
  ["rule dropped", "rules", "DROP RULE cache_no_delete ON app.cache"],
  ["rule enabled", "rules", "ALTER TABLE app.cache ENABLE RULE cache_log"],
  ["statistics lost", "statistics", "DROP STATISTICS app.invoice_stats"],
  ["event trigger enabled", "event-triggers", "ALTER EVENT TRIGGER on_drop ENABLE"],
  [
    "default privilege lost",
    "default-privileges",
    "ALTER DEFAULT PRIVILEGES FOR ROLE rich_owner IN SCHEMA app REVOKE SELECT ON TABLES FROM rich_reader",
  ],
  ["database setting", "database-settings", "ALTER DATABASE postgres SET work_mem = '5MB'"],
  ["cast dropped", "other-objects", "DROP CAST (app.mood AS integer)"],
  ["dictionary changed", "other-objects", "ALTER TEXT SEARCH DICTIONARY app.words (accept = true)"],
  [
    "operator without estimator",
    "other-objects",
    "ALTER OPERATOR app.=== (app.money_pair, app.money_pair) SET (RESTRICT = NONE)",
  ],
  ["foreign server moved", "other-objects", "ALTER SERVER elsewhere OPTIONS (SET host '127.0.0.2')"],
];

test("a healthy database has no difference to itself", async () => {
  expect(compareFingerprints(healthy, await readFingerprint(session), "restore")).toEqual([]);
});

test("every comparator has a fault of its own here", () => {
  expect([...new Set(faults.map(([, finder]) => finder))].toSorted()).toEqual(
    [...comparatorNames].toSorted(),
  );
});

describe.each(faults)("%s", (_, finder, sql) => {
  test(`is found by ${finder}, and by no other`, async () => {
    const faulty = await withFault(sql);
    const found = compareFingerprints(healthy, faulty, "restore");
    expect([...new Set(found.map(({ kind }) => kind))]).toEqual([finder]);
    const others = comparators.filter(({ name }) => name !== finder);
    expect(compareFingerprints(healthy, faulty, "restore", others)).toEqual([]);
  });
});
