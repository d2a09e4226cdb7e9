import { describe, expect, test } from "bun:test";
import { admin, found, judgedBytes, show, standard } from "./wire-judged.ts";

const a63 = "a".repeat(63);

describe("what must be got right", () => {
  test.each([
    ["DROP DATABASE shop", "database shop"],
    ["dRoP\tdAtAbAsE\n\f sHoP", "database shop"],
    ["DROP/**/DATABASE/*a/*nested*/*/x", "database x"],
    ["DROP--c\nDATABASE x", "database x"],
    ["DROP--c\rDATABASE x", "database x"],
    [";;; ; DROP ROLE x", "role x"],
    ["SELECT $a$ $b$ $a$; DROP ROLE x", "role x"],
    ["SELECT '\\'; DROP ROLE x; --'", "role x"],
    ["SELECT 1 AS a$b$; DROP ROLE x; SELECT 2 AS c$b$", "role x"],
    ["SELECT $1$a$ a $a$; DROP ROLE x", "role x"],
    ["SELECT B'0''1'; DROP ROLE x", "role x"],
    ["SELECT N'a'; DROP ROLE x", "role x"],
    ["SELECT U&'\\0061\\\\'; DROP ROLE x", "role x"],
    ["SELECT 1 +--'\n2; DROP ROLE x; --'", "role x"],
    ["SELECT 1 */*'*/ 2; DROP ROLE x; --'", "role x"],
    ["SELECT 'a' -- '\n 'b'; DROP ROLE x; --'", "role x"],
    ["SELECT E'a'\n'\\''; DROP ROLE x; --'", "role x"],
    ['DROP ROLE U&"d\\0061t\\+000061"', "role data"],
    ["DROP ROLE U&\"d!0061t!!\" UESCAPE '!'", "role dat!"],
    ['DROP ROLE "a""b"', 'role a"b'],
    ['DROP ROLE "A", b, U&"c"', "role A b c"],
    ['DROP ROLE "100%s"', "role 100%s"],
    ["DROP ROLE ÄbC", "role Äbc"],
    [`DROP ROLE ${a63}tail`, `role ${a63}`],
    [`DROP ROLE "${"a".repeat(62)}ä"`, `role ${"a".repeat(62)}`],
    ["DROP USER a", "role a"],
    ["DROP GROUP a", "role a"],
    ["DROP OWNED BY a CASCADE", "owned a"],
    ["REASSIGN OWNED BY a TO b", "owned a"],
    ["DROP SCHEMA a, b", "schema a b"],
    ["DROP TABLE a, b.c", "table a b.c"],
    ["DROP MATERIALIZED VIEW a", "table a"],
    ["DROP FOREIGN TABLE a", "table a"],
    ["DROP SEQUENCE a", "table a"],
    ["DROP TYPE a", "type a"],
    ["DROP FUNCTION f() CASCADE", "type"],
    ["DROP EXTENSION a", "extension a"],
    ["DROP TABLESPACE a", "tablespace a"],
    ["DROP SUBSCRIPTION a", "subscription a"],
    ["SELECT pg_drop_replication_slot('a')", "slot a"],
    ["SELECT pg_catalog . \"pg_drop_replication_slot\" ('a')", "slot a"],
    ["SELECT U&\"pg\\005fdrop_replication_slot\"('a')", "slot a"],
    ["ALTER TABLE t DROP COLUMN c", "column t.c"],
    [
      "ALTER TABLE t ALTER c TYPE int USING NULL, ALTER COLUMN d SET DATA TYPE text USING now()::text",
      "column t.c t.d",
    ],
    ["ALTER SYSTEM SET archive_command = 'rm -rf .'", "opaque"],
    ["ALTER SYSTEM RESET restore_command", "opaque"],
    ["TRUNCATE a, b", "truncate a b"],
    ["DELETE FROM t", "unbounded-delete t"],
    ["DELETE FROM t WHERE 1=1", "unbounded-delete t"],
    ["DELETE FROM t \uE000", "unbounded-delete t"],
    ["DELETE FROM t WHERE 2 > 1", "unbounded-delete t"],
    ["DELETE FROM t WHERE $1", "unbounded-delete t"],
    ["SELECT query_to_xml('SELECT pg_drop_replication_slot(''a'')', true, true, '')", "slot a"],
    ["SET pgaudit.log = 'read, write'", "disarming"],
    ["SET pgaudit.log = 'all, -ddl'", "disarming"],
    ["CREATE FUNCTION f() RETURNS int LANGUAGE sql SET role = dba AS 'SELECT 1'", "disarming"],
    ["WITH a AS (DELETE FROM t RETURNING *) SELECT * FROM a", "unbounded-delete t"],
    ["MERGE INTO t USING s ON true WHEN MATCHED THEN DELETE", "unbounded-delete t"],
    ["EXPLAIN ANALYZE DELETE FROM t", "unbounded-delete t"],
    ["EXPLAIN (VERBOSE, ANALYZE true) DELETE FROM t", "unbounded-delete t"],
    ["SELECT lo_unlink(oid) FROM pg_largeobject_metadata", "unbounded-delete"],
    ["DELETE FROM pg_database WHERE datname = 'x'", "catalog pg_database"],
    ["UPDATE pg_catalog.pg_authid SET rolcanlogin = false", "catalog pg_catalog.pg_authid"],
    ["COPY pg_authid FROM STDIN", "catalog pg_authid"],
    ["ALTER ROLE a NOLOGIN", "functional a"],
    ["ALTER ROLE a PASSWORD NULL", "functional a"],
    ["ALTER ROLE a VALID UNTIL 'yesterday'", "functional a"],
    ["ALTER ROLE a VALID UNTIL '2001-01-01'", "functional a"],
    ["ALTER DATABASE a CONNECTION LIMIT 0", "functional a"],
    ["ALTER DATABASE a RENAME TO b", "functional a"],
    ["SET session_replication_role = replica", "disarming"],
    ["SET LOCAL \"Session_Replication_Role\" TO 'REPLICA'", "disarming"],
    ["SET event_triggers = off", "disarming"],
    ["SET event_triggers = 'fal'", "disarming"],
    ["SET log_statement = none", "disarming"],
    ["ALTER SYSTEM SET log_statement = none", "disarming"],
    ["ALTER SYSTEM RESET ALL", "disarming"],
    ["ALTER EVENT TRIGGER a DISABLE", "disarming a"],
    ["ALTER ROLE a SET role = 'dba'", "disarming"],
    ["UPDATE pg_settings SET setting = 'replica'", "disarming"],
    ["SELECT set_config('session_replication_role', $1, false)", "disarming"],
    ["DO $$ BEGIN DROP ROLE x; END $$", "role x"],
    ["DO E'BEGIN DROP ROLE \\x78; END'", "role x"],
    ["DO $$ BEGIN EXECUTE 'DROP ROLE ' || 'x'; END $$", "role x"],
    ["DO LANGUAGE plpgsql $$ BEGIN IF true THEN DROP ROLE x; END IF; END $$", "role x"],
    ["DO $$ <<a>> DECLARE b int; BEGIN LOOP DELETE FROM t; END LOOP; END $$", "unbounded-delete t"],
    ["SELECT dblink_exec('DROP ROLE x')", "role x"],
    ["SELECT cron.schedule('a', '* * * * *', 'DROP ROLE x')", "role x"],
    ["CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; END; DROP ROLE x", "role x"],
  ])("%j: %s", (sql, expected) => {
    expect(found(sql)).toEqual([expected]);
  });

  test.each([
    "COMMENT ON DATABASE x IS 'DROP DATABASE'",
    "CREATE TEMP TABLE x (a int) ON COMMIT DROP",
    "SELECT 'DROP ROLE x', \"DROP ROLE x\", $$ DROP ROLE x $$ -- DROP ROLE x",
    "/* ; DROP ROLE x */ SELECT 1",
    "SELECT E'\\'; DROP ROLE x; --'",
    "SELECT E'a'\n'\\'; DROP ROLE x; --'",
    "SELECT E'a' --c\n --d\n '\\'; DROP ROLE x; --'",
    "SELECT $é$ ; DROP ROLE x; $é$".replaceAll("é", "e"),
    "EXPLAIN DELETE FROM t",
    "EXPLAIN (ANALYZE off) DELETE FROM t",
    "UPDATE t SET a = 1 WHERE b = 2",
    "INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING",
    "DELETE FROM t WHERE id = 7",
    "DROP USER MAPPING FOR a SERVER b",
    "DROP INDEX a",
    "SET search_path = a, b",
    "SELECT 1 AS drop; SELECT 2 AS truncate",
    "DO $$ BEGIN CREATE TYPE a AS ENUM ('b'); EXCEPTION WHEN duplicate_object THEN NULL; END $$",
    "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'a') THEN CREATE ROLE a; END IF; END $$",
    "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE a; DELETE FROM t; END $$",
    "CREATE RULE r AS ON INSERT TO t DO ALSO (DELETE FROM a; DELETE FROM b)",
    "GRANT DELETE, TRUNCATE ON t TO a",
    "ALTER ROLE a VALID UNTIL 'infinity'",
    "PREPARE p AS DELETE FROM t",
    "ALTER TABLE t ALTER c TYPE int USING c::int, ALTER d TYPE text",
    "SELECT * FROM pg_settings",
  ])("%j: nothing", (sql) => {
    expect(found(sql)).toEqual([]);
  });

  test.each([
    "DO $$ BEGIN EXECUTE a; END $$",
    "DO $$ BEGIN EXECUTE coalesce(a, 'SELECT 1'); END $$",
    "DO $$ BEGIN EXECUTE 'SELECT 1' USING f(1); END $$",
    "DO $$ BEGIN FOR a IN EXECUTE b LOOP END LOOP; END $$",
    "SELECT set_conf\u0130g('role', 'x', false)",
    "SET session_repl\u0130cation_role = replica",
    "SELECT lo_export(1, '/x')",
    "SELECT query_to_xml(a, true, true, '')",
    "DO LANGUAGE plperl $$ 1 $$",
    "DO LANGUAGE plpython3u $$ 1 $$",
    "DO $$ BEGIN DROP THING x; END $$",
    "CALL f()",
    "SELECT dblink_exec(a)",
    "SELECT set_config(a, b, false)",
    "COPY t FROM PROGRAM 'x'",
    "COPY t TO '/x'",
    "LOAD 'x'",
    "DROP THING x",
    "DROP ROLE x y z",
    "DROP ROLE 'x",
    "SELECT 1; SELECT 'DROP ROLE x",
    "DELETE /* FROM t",
    "CREATE FUNCTION f() RETURNS void LANGUAGE plpython3u AS $$ x $$",
    "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN DROP ROLE x; END $$",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC DELETE FROM pg_authid; SELECT 1; END",
    "DROP TABLE $é$ é $é$",
  ])("%j: opaque", (sql) => {
    const kinds = new Set(found(sql).map((one) => one.split(" ")[0]));
    expect([...kinds]).toEqual(["opaque"]);
  });
});

describe("who could drop", () => {
  const known = { ...admin, knownFunctions: new Set(["lower"]) };
  test.each([
    ["SELECT tidy()", false],
    ["SELECT public.tidy()", false],
    ["SELECT lower('a')", true],
    ["SELECT pg_catalog.tidy('a')", true],
    ["SELECT upper('a')", false],
    ["INSERT INTO t (a, b) VALUES (lower('a'), (SELECT 1))", true],
    ["CREATE TABLE t (a varchar(10), PRIMARY KEY (a))", true],
    ["EXPLAIN SELECT tidy()", false],
    ["SELECT public.lower('a')", false],
    ["SELECT public.left('a')", false],
    ['SELECT "values"(1)', false],
    ['SELECT "lower"(1)', true],
    ["SELECT 1 FROM t, LATERAL tidy(a)", false],
    ["CALL lower()", true],
    ["WITH x(a) AS (SELECT 1) SELECT lower(a) FROM x WHERE a IN (1, 2)", true],
  ])("%j calls only what is known: %p", (sql, isKnown) => {
    expect(found(sql, standard, known)).toEqual(isKnown ? [] : ["opaque"]);
    if (isKnown) expect(found(sql)).toEqual([]);
  });
});

describe("what a text does to its session", () => {
  const role = (name: string | null, more = {}) => ({
    type: "set-role",
    role: name,
    kind: "role",
    isLocal: false,
    ...more,
  });
  test.each([
    ["SET ROLE dba", [role("dba")]],
    ["SET LOCAL ROLE 'DBA'", [role("DBA", { isLocal: true })]],
    ['set "Role" to Dba', [role("dba")]],
    ["SET ROLE NONE", [{ type: "reset-role", kind: "role" }]],
    ["RESET ROLE", [{ type: "reset-role", kind: "role" }]],
    ["SET SESSION AUTHORIZATION dba", [role("dba", { kind: "session-authorization" })]],
    ["SET SESSION AUTHORIZATION DEFAULT", [{ type: "reset-role", kind: "session-authorization" }]],
    ["SELECT set_config('ROLE', 'dba', true)", [role("dba")]],
    ["SELECT set_config('role', $1, true)", [role(null)]],
    ["DISCARD ALL", [{ type: "discard-all" }, { type: "changes-lexing" }]],
    ["SET client_encoding = 'SJIS'", [{ type: "changes-lexing" }]],
    ["SET NAMES 'SJIS'", [{ type: "changes-lexing" }]],
    ["SET standard_conforming_strings = off", [{ type: "changes-lexing" }]],
    ['EXECUTE "P"(1)', [{ type: "execute", name: "P" }]],
    ["EXPLAIN ANALYZE EXECUTE p", [{ type: "execute", name: "p" }]],
    ["CREATE TABLE t AS EXECUTE p", [{ type: "execute", name: "p" }]],
    ["DEALLOCATE ALL", [{ type: "deallocate", name: null }]],
    ["DEALLOCATE PREPARE p", [{ type: "deallocate", name: "p" }]],
    ["BEGIN; COMMIT AND CHAIN", [{ type: "begin" }, { type: "commit", isChained: true }]],
    ["START TRANSACTION; ABORT", [{ type: "begin" }, { type: "rollback", isChained: false }]],
    ["SAVEPOINT A", [{ type: "savepoint", name: "a" }]],
    ["ROLLBACK WORK TO SAVEPOINT a", [{ type: "rollback-to", name: "a" }]],
    ["RELEASE a", [{ type: "release", name: "a" }]],
    ["PREPARE TRANSACTION 'x'", [{ type: "prepare-transaction", name: "x" }]],
    ["COMMIT PREPARED 'x'", [{ type: "commit-prepared", name: "x" }]],
    ["DO $$ BEGIN SET ROLE dba; END $$", [role("dba")]],
  ])("%j", (sql, effects) => {
    expect(judgedBytes(Buffer.from(sql)).effects).toEqual(effects as never);
  });

  test("PREPARE does nothing yet, and says what EXECUTE will", () => {
    const { destructions, effects } = judgedBytes(Buffer.from("PREPARE p AS DELETE FROM t"));
    expect(destructions).toEqual([]);
    expect(effects).toEqual([
      expect.objectContaining({
        type: "prepare",
        name: "p",
        destructions: [expect.objectContaining({ kind: "unbounded-delete", names: ["t"] })],
      }),
    ]);
  });
});

test("tags of comments, the statements counted, FORCE, a fingerprint without values", () => {
  const sql =
    "/*request_id='a%20b',x='it\\'s'*/ DROP DATABASE a WITH (FORCE); /* custody-ticket=T1 */ SELECT 1 -- a='b'";
  const judged = judgedBytes(Buffer.from(sql));
  expect([...judged.tags()]).toEqual([
    ["request_id", "a b"],
    ["x", "it's"],
    ["custody-ticket", "T1"],
  ]);
  expect(judged.statements).toBe(2);
  expect(judged.isForced).toBe(true);
  const fingerprint = (text: string): string => judgedBytes(Buffer.from(text)).fingerprint();
  expect(fingerprint("DELETE FROM t WHERE a = 'x' AND b = 1")).toBe(
    fingerprint("delete /**/ from t where a = $$y$$ and b = 22"),
  );
  expect(fingerprint("DELETE FROM t")).not.toBe(fingerprint("DELETE FROM u"));
});

test("in an encoding of which it is not known what the server makes of it nothing beyond ASCII passes beside a word that matters", () => {
  for (const encoding of ["SHIFT_JIS_2004", "", "UTF16"]) {
    const state = { isStandardStrings: true, encoding };
    const judged = (text: string): readonly string[] => show(judgedBytes(Buffer.from(text, "latin1"), state));
    expect(judged("SELECT \x81\xb0lo_unlink(oid) FROM pg_largeobject_metadata")).toContain("opaque");
    expect(judged("SELECT E'\x81\x5f''; DROP ROLE a; --'")).toContain("opaque");
    expect(judged("SELECT '\x81\x5f'")).toEqual([]);
    expect(judged("DROP ROLE a")).toEqual(["role a"]);
  }
});

test("a text that was judged before is judged the same", () => {
  for (const text of [
    "BEGIN",
    "SET ROLE a",
    "DELETE FROM t WHERE a = $1",
    "DROP ROLE a",
    "SELECT '\\'; DROP ROLE a; --'",
  ]) {
    const [first, second] = [judgedBytes(Buffer.from(text)), judgedBytes(Buffer.from(text))];
    expect(second.effects).toEqual(first.effects);
    expect(second.destructions).toEqual(first.destructions);
    expect(second.fingerprint()).toBe(first.fingerprint());
    // Another reader's is another's.
    expect(found(text, { isStandardStrings: false, encoding: "UTF8" })).toEqual(
      text.startsWith("SELECT") ? [] : show(first),
    );
  }
  expect(found("SELECT tidy(), 1 AS set; SELECT 1")).toEqual([]);
  expect(found("SELECT tidy(), 1 AS set; SELECT 1", standard, admin)).toEqual(["opaque"]);
});
