import { describe, expect, test } from "bun:test";
import { judgeSql, judgeSqlOutput } from "../../../src/destruction/sql/judge-sql.ts";
import { judged, parse } from "./judged.ts";

describe("PostgreSQL, kind by kind", () => {
  test.each([
    ["DROP DATABASE shop", "database shop"],
    ["drop database if exists shop with (force)", "database shop"],
    ['DROP DATABASE "Shop"', "database Shop"],
    ['DROP DATABASE "a""b"', 'database a"b'],
    ["DROP DATABASE SHOP;", "database shop"],
    [`DROP DATABASE U&"d\\0061t\\+000061"`, "database data"],
    [`DROP DATABASE U&"d!0061ta" UESCAPE '!'`, "database data"],
    [`DROP DATABASE ${"a".repeat(70)}`, `database ${"a".repeat(63)}`],
    ["DROP ROLE a, b", "role a b"],
    ["DROP USER IF EXISTS a", "role a"],
    ["DROP GROUP a", "role a"],
    ["DROP ROLE CURRENT_USER", "role CURRENT_USER"],
    ["DROP OWNED BY a, b CASCADE", "owned a b"],
    ["DROP SCHEMA a, b CASCADE", "schema a b"],
    ["DROP TABLESPACE fast", "tablespace fast"],
    ["DROP SUBSCRIPTION s", "subscription s"],
    ["SELECT pg_drop_replication_slot('s')", "slot s"],
    ["SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots", "slot …"],
    ["DROP_REPLICATION_SLOT s", "slot s?"],
    ["DROP EXTENSION IF EXISTS postgis CASCADE", "extension postgis"],
    ["DROP TABLE a.b, c", "table a.b c"],
    ["DROP VIEW v", "table v"],
    ["DROP MATERIALIZED VIEW v", "table v"],
    ["DROP FOREIGN TABLE f", "table f"],
    ["DROP SEQUENCE s", "table s"],
    ["DROP TYPE a.t", "type a.t"],
    ["DROP DOMAIN d", "type d"],
    ["ALTER TABLE t DROP COLUMN c, DROP d", "column t.c t.d"],
    ["ALTER TYPE t DROP ATTRIBUTE c", "column t.c"],
    ["TRUNCATE a, b.c", "truncate a b.c"],
    ["DELETE FROM t", "unbounded-delete t"],
    ["DELETE FROM t WHERE true", "unbounded-delete t"],
    ["DELETE FROM t WHERE 1 = 1", "unbounded-delete t"],
    ["DELETE FROM t WHERE id = id", "unbounded-delete t"],
    ["DELETE FROM t WHERE NOT false", "unbounded-delete t"],
    ["DELETE FROM t WHERE a = 1 OR true", "unbounded-delete t"],
    ["DELETE FROM t WHERE 't'::bool", "unbounded-delete t"],
    ["WITH d AS (DELETE FROM t RETURNING *) INSERT INTO u SELECT * FROM d", "unbounded-delete t"],
    ["MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN DELETE", "unbounded-delete t"],
    ["EXPLAIN ANALYZE DELETE FROM t", "unbounded-delete t"],
    ["EXPLAIN (ANALYZE, VERBOSE) DELETE FROM t", "unbounded-delete t"],
    ["PREPARE p AS DELETE FROM t", "unbounded-delete t"],
    ["DELETE FROM pg_database WHERE datname = 'shop'", "catalog pg_database"],
    ["UPDATE pg_catalog.pg_database SET datallowconn = false", "catalog pg_catalog.pg_database"],
    ["INSERT INTO pg_authid DEFAULT VALUES", "catalog pg_authid"],
    ["WITH d AS (DELETE FROM pg_authid RETURNING 1) SELECT 1", "catalog pg_authid"],
    ["ALTER ROLE a NOLOGIN", "functional a"],
    ["ALTER USER a WITH PASSWORD NULL", "functional a"],
    ["ALTER ROLE a VALID UNTIL '1999-12-31'", "functional a"],
    ["ALTER ROLE a VALID UNTIL '-infinity'", "functional a"],
    ["ALTER ROLE a CONNECTION LIMIT 0", "functional a"],
    ["ALTER ROLE a RENAME TO b", "functional a"],
    ["ALTER DATABASE a CONNECTION LIMIT 0", "functional a"],
    ["ALTER DATABASE a ALLOW_CONNECTIONS false", "functional a"],
    ["ALTER DATABASE a RENAME TO b", "functional a"],
    ["SET session_replication_role = replica", "disarming"],
    ["SET LOCAL session_replication_role TO 'replica'", "disarming"],
    ["SET event_triggers = off", "disarming"],
    ["ALTER SYSTEM SET log_statement = 'none'", "disarming"],
    ["ALTER ROLE a SET session_replication_role = replica", "disarming"],
    ["ALTER DATABASE a SET event_triggers TO off", "disarming"],
    ["SELECT set_config('session_replication_role', 'replica', true)", "disarming"],
    ["SELECT set_config('session_replication_role', $1, true)", "disarming"],
    ["COPY t TO PROGRAM 'cat'", "opaque"],
    ["DO LANGUAGE plpython3u 'pass'", "opaque"],
    ["CREATE FUNCTION f() RETURNS int LANGUAGE c AS 'lib', 'f'", "opaque"],
    ["SELECT dblink_exec(conn, sql)", "opaque"],
    ["SELECT cron.schedule('x', '* * * * *', command) FROM jobs", "opaque"],
    ["SELECT cron.schedule('x', '* * * * *', 'DROP SCHEMA a')", "schema a"],
  ])("%s", (sql, expected) => {
    expect(judged(sql)).toEqual([expected]);
  });
});

describe("PostgreSQL, nothing", () => {
  test.each([
    "DROP USER MAPPING FOR a SERVER s",
    "DROP INDEX i",
    "DROP FUNCTION f()",
    "DROP TRIGGER t ON a",
    "REASSIGN OWNED BY a TO b",
    "DELETE FROM t WHERE id = $1",
    "DELETE FROM t WHERE a = b",
    "DELETE FROM t WHERE a = 1 AND true",
    "DELETE FROM t WHERE 1 = 2",
    "DELETE FROM t WHERE id = §",
    "DELETE FROM t §",
    "MERGE INTO t USING s ON t.a = s.a WHEN MATCHED AND s.gone THEN DELETE",
    "UPDATE t SET a = 1",
    "UPDATE pg_settings SET setting = 'x'",
    "SELECT * FROM pg_database",
    "EXPLAIN DELETE FROM t",
    "EXPLAIN (ANALYZE off) DELETE FROM t",
    "ALTER ROLE a LOGIN",
    "ALTER ROLE a VALID UNTIL 'infinity'",
    "ALTER ROLE a VALID UNTIL '9999-01-01'",
    "ALTER DATABASE a CONNECTION LIMIT -1",
    "SET session_replication_role = origin",
    "SET session_replication_role TO DEFAULT",
    "RESET session_replication_role",
    "COPY t FROM STDIN",
    "SELECT dblink_exec('c', 'SELECT 1')",
    "COMMENT ON DATABASE shop IS 'DROP DATABASE shop'",
    "CREATE TEMP TABLE t (a int) ON COMMIT DROP",
    "ALTER TABLE t DROP CONSTRAINT c",
    "ALTER TABLE t ALTER COLUMN c DROP DEFAULT",
    "SELECT 'DROP DATABASE shop'",
    'SELECT "DROP DATABASE shop" FROM "DROP ROLE x"',
    "SELECT $$DROP DATABASE shop$$",
    "SELECT $q$; DROP DATABASE shop; $q$",
    "-- DROP DATABASE shop",
    "/* DROP DATABASE /* shop */; DROP ROLE x */ SELECT 1",
    "SELECT * FROM log WHERE query LIKE '%DROP DATABASE%'",
    "SELECT 'DROP DATABASE ' || datname FROM pg_database",
    "SELECT format('DROP ROLE %I', rolname) FROM pg_roles;",
    "INSERT INTO notes VALUES ('; DROP DATABASE shop; --')",
    "CREATE TABLE drops (database text)",
    "GRANT EXECUTE ON FUNCTION drop_database(text) TO a",
    "SELECT drop_database('shop')",
    "DROP DATABASE",
    "DROP",
    "",
  ])("%s", (sql) => {
    expect(judged(sql)).toEqual([]);
  });
});

describe("several statements, and what stands between them", () => {
  test.each([
    ["SELECT 1; DROP DATABASE a; no sql at all; DROP ROLE b", ["database a", "role b"]],
    [";;;DROP ROLE a", ["role a"]],
    ["DROP/**/DATABASE/*a/*nested*/*/a", ["database a"]],
    ["DROP--c\nDATABASE a", ["database a"]],
    ["SELECT $a$ $b$ $a$; DROP ROLE a", ["role a"]],
    [`SELECT E'\\'; DROP ROLE a; --'`, []],
    [`SELECT '\\'; DROP ROLE a; --'`, ["role a"]],
    [`SELECT 'it''s'; DROP ROLE a`, ["role a"]],
    [`SELECT ('; DROP ROLE a`, []],
    ["SELECT (1; DROP ROLE a", ["role a"]],
    ["/* never closed; DROP ROLE a", []],
    ["SELECT 1 /* a /* b */; DROP ROLE a", ["role a"]],
    ["DROP ROLE a\n;\n\nDROP ROLE b", ["role a", "role b"]],
    ["CREATE RULE r AS ON DELETE TO t DO INSTEAD DELETE FROM u", ["unbounded-delete u"]],
  ])("%s", (sql, expected) => {
    expect(judged(sql)).toEqual(expected);
  });

  test("where each stands, in UTF-16 code units", () => {
    const sql = "SELECT '😀é'; /* x */ DROP DATABASE a;\n  DROP ROLE b";
    expect(judgeSql(sql, parse).map(({ at }) => at)).toEqual([sql.indexOf("DROP D"), sql.indexOf("DROP R")]);
  });

  test("what it is called", () => {
    const what = (sql: string): string | undefined => judgeSql(sql, parse)[0]?.what;
    expect(what("drop user a")).toBe("DROP USER");
    expect(what("drop role a")).toBe("DROP ROLE");
    expect(what("drop owned by a")).toBe("DROP OWNED");
    expect(what("drop login [a]")).toBe("DROP LOGIN");
  });
});

describe("psql", () => {
  test.each([
    ["SELECT 'DROP DATABASE ' || datname FROM pg_database \\gexec", ["database …"]],
    ["SELECT format('DROP ROLE %I', rolname)\nFROM pg_roles\n\\gexec\n", ["role …"]],
    ["SELECT 'SELECT 1' \\gexec\nSELECT 'DROP ROLE a'", []],
    ["\\c postgres\nDROP DATABASE a;\n\\i drop_database.sql", ["database a"]],
    ["\\echo DROP DATABASE a", []],
    ["\\if :do\nDROP DATABASE a;\n\\endif", ["database a"]],
    ['DROP DATABASE :"name";', ["database …"]],
    ["DROP DATABASE :name;", ["database …"]],
    ["COPY t (a) FROM stdin;\n1\tit's; DROP ROLE a;\n\\.\n\nDROP ROLE b;", ["role b"]],
    ["COPY t FROM STDIN WITH (FORMAT csv);\n;DROP ROLE a;\n\\.\nDROP ROLE b;", ["role b"]],
    ["COPY t FROM stdin; DROP ROLE a", ["role a"]],
    ["SELECT 1 \\; DROP DATABASE a \\; SELECT 2;", ["database a"]],
  ])("%s", (sql, expected) => {
    expect(judged(sql)).toEqual(expected);
  });

  test("what queries answer is judged when somebody runs it", () => {
    const sql = "select 'drop database ' || quote_ident(datname) || ';' from pg_database";
    expect(judgeSqlOutput(sql, parse)).toMatchObject([{ kind: "database", names: ["…"] }]);
    expect(judgeSqlOutput("drop database a", parse)).toEqual([]);
  });
});
