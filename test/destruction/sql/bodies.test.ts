import { describe, expect, test } from "bun:test";
import { judgeSql } from "../../../src/destruction/sql/judge-sql.ts";
import { judged, parse } from "./judged.ts";

describe("bodies are opened", () => {
  test.each([
    ["DO $$ BEGIN DROP ROLE a; END $$", ["role a"]],
    ["DO 'BEGIN DROP ROLE a; END'", ["role a"]],
    ["DO E'BEGIN\\nDROP ROLE a; END'", ["role a"]],
    ["DO LANGUAGE plpgsql $x$ BEGIN DROP ROLE a; END $x$", ["role a"]],
    [
      "DO $$ BEGIN IF EXISTS (SELECT 1) THEN DROP ROLE a; ELSE DROP ROLE b; END IF; END $$",
      ["role a", "role b"],
    ],
    ["DO $$ BEGIN EXECUTE 'DROP DATABASE a'; END $$", ["database a"]],
    ["DO $$ BEGIN EXECUTE format('DROP DATABASE %I', x); END $$", ["database …"]],
    ["DO $$ BEGIN EXECUTE format('DROP ROLE %1$I', r.rolname) ; END $$", ["role …"]],
    ["DO $$ BEGIN EXECUTE format('DROP %s %I', 'ROLE', x); END $$", ["role …"]],
    ["DO $$ BEGIN EXECUTE 'DROP ' || 'ROLE ' || quote_ident(x); END $$", ["role …"]],
    ["DO $$ BEGIN EXECUTE concat('DROP ROLE ', x, ' ;'); END $$", ["role …"]],
    ["DO $$ BEGIN EXECUTE replace('DROP ROLE {x}', '{x}', y); END $$", ["role …"]],
    ["DO $$ DECLARE s text := 'DROP ROLE ' || x; BEGIN EXECUTE s; END $$", ["role …"]],
    ["DO $$ DECLARE s text; BEGIN s := ''; s := s || 'DROP ROLE a;'; EXECUTE s; END $$", ["role a"]],
    ["DO $$ BEGIN SELECT 'DROP ROLE ' || rolname INTO s FROM pg_roles; EXECUTE s; END $$", ["role …"]],
    [
      "DO $$ BEGIN FOR r IN SELECT 'DROP SCHEMA ' || n AS cmd FROM x LOOP EXECUTE r.cmd; END LOOP; END $$",
      ["schema …"],
    ],
    ["DO $$ BEGIN EXECUTE (SELECT string_agg(format('DROP ROLE %I;', a), ' ') FROM b); END $$", ["role …"]],
    ["DO $$ BEGIN EXECUTE 'DO $x$ BEGIN DROP ROLE a; END $x$'; END $$", ["role a"]],
    ["DO $$ BEGIN PERFORM pg_drop_replication_slot('s'); END $$", ["slot s"]],
    [
      "DO $$ BEGIN PERFORM dblink_exec('dbname=' || current_database(), 'DROP DATABASE ' || quote_ident(x)); END $$",
      ["database …"],
    ],
    ["DO $$ BEGIN EXECUTE concat_ws(' ', 'DROP', 'ROLE', x); END $$", ["role …"]],
    ["DO $$ BEGIN EXECUTE 'DROP ROLE '::text || x::text; END $$", ["role …"]],
    ["DO $$ BEGIN EXECUTE E'DROP\\tROLE\\x20' || x; END $$", ["role …"]],
    ["DO $$ BEGIN EXECUTE command; END $$", ["opaque"]],
    ["DO $$ BEGIN EXECUTE command || ' x'; END $$", ["opaque?"]],
    ["DO $$ BEGIN EXECUTE 'SELECT 1'; END $$", []],
    ["DO $$ BEGIN RAISE NOTICE 'DROP DATABASE a'; END $$", []],
    ["DO $$ BEGIN -- DROP ROLE a\n NULL; END $$", []],
    ["CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ DROP SCHEMA a $$", ["schema a"]],
    ["CREATE OR REPLACE FUNCTION f() RETURNS void AS 'DROP SCHEMA a' LANGUAGE sql", ["schema a"]],
    ["CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN DELETE FROM t; END $$", ["unbounded-delete t"]],
    [
      "CREATE FUNCTION f() RETURNS void BEGIN ATOMIC DELETE FROM t; DELETE FROM u; END",
      ["unbounded-delete t", "unbounded-delete u"],
    ],
    ["CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$ SELECT 'DROP ROLE a' $$", []],
    ["CREATE FUNCTION %s() RETURNS void AS $$ BEGIN DROP ROLE a; END $$ LANGUAGE plpgsql", ["role a"]],
    ["CREATE TRIGGER t BEFORE DELETE ON a FOR EACH ROW EXECUTE FUNCTION drop_it()", []],
  ])("%s", (sql, expected) => {
    expect(judged(sql)).toEqual(expected);
  });

  test.each([
    "SELECT 1; DO $$ BEGIN\n  DROP ROLE a; END $$",
    "DO $tag$ BEGIN DROP ROLE a; END $tag$",
    "DO 'BEGIN RAISE NOTICE ''x''; DROP ROLE a; END'",
    "CREATE FUNCTION f() RETURNS void AS $a$ DO $b$ BEGIN DROP ROLE a; END $b$ $a$ LANGUAGE sql",
  ])("they are placed where they stand: %s", (sql) => {
    expect(judgeSql(sql, parse).map(({ at }) => at)).toEqual([sql.indexOf("DROP")]);
  });

  test("what a text is run for stands where it is run", () => {
    const sql = "DO $$ BEGIN NULL; EXECUTE 'DROP ROLE a'; END $$";
    expect(judgeSql(sql, parse).map(({ at }) => at)).toEqual([sql.indexOf("EXECUTE")]);
  });
});
