import { describe, expect, test } from "bun:test";
import { builtInFunctions } from "../../../src/destruction/sql/wire/built-in-functions.ts";
import { isHarmlessBuiltIn } from "../../../src/destruction/sql/wire/is-harmless-built-in.ts";
import { createKnownFunctions } from "../../../src/proxy/adapters/known-functions.ts";
import { connect } from "../../../src/postgres/connect.ts";
import { judgeSqlBytes } from "../../../src/destruction/sql/wire/judge-sql-bytes.ts";
import type { SqlReader } from "../../../src/destruction/sql/wire/judgement.ts";
import { sqlParser } from "../../../src/postgres/parse-sql.ts";
import { freshDatabase, startTestCluster } from "../../support/cluster.ts";

const clusters = [await startTestCluster(15), await startTestCluster(18)];

const parse = await sqlParser();

function kindsIn(sql: string, reader: SqlReader): string {
  const judged = judgeSqlBytes(Buffer.from(sql), { isStandardStrings: true, encoding: "UTF8" }, reader);
  return judged.destructions.map(({ kind }) => kind).join(" ");
}

/** Of the list these are grammar: no function has the name. */
const grammar = new Set(["coalesce", "greatest", "least", "nullif", "session_user", "trim", "any_value"]);

for (const { settings, installation } of clusters) {
  describe(`PostgreSQL ${installation.major}`, () => {
    test("what the server came with, but for what is harmful", async () => {
      const known = await createKnownFunctions(settings)("postgres");
      for (const name of [
        "lower",
        "now",
        "count",
        "jsonb_set",
        "set_config",
        "pg_terminate_backend",
        "pg_switch_wal",
      ])
        expect([name, known.has(name)]).toEqual([name, true]);
      for (const name of [
        "query_to_xml",
        "lo_import",
        "lo_export",
        "pg_reload_conf",
        "ts_stat",
        "dblink",
        "nope",
      ])
        expect([name, known.has(name)]).toEqual([name, false]);
      const missing = [...builtInFunctions].filter((name) => !known.has(name) && !grammar.has(name));
      expect(missing).toEqual([]);
    });

    test("a name that anything else has as well is not known, there", async () => {
      await using database = await freshDatabase({ settings });
      await using session = await connect(database.settings, { applicationName: "test" });
      await session.sql.unsafe(`create function public.lower(text) returns text language sql as 'select $1';
        create function public.abs(point) returns int language sql as 'select 1';
        create function public."NOW"() returns int language sql as 'select 1';
        create function public.own() returns int language sql as 'select 1';
        create procedure public.upper() language sql as 'select 1'`);
      const ask = createKnownFunctions(settings);
      const known = await ask(database.name);
      for (const name of ["lower", "abs", "NOW", "own", "upper"])
        expect([name, known.has(name)]).toEqual([name, false]);
      for (const name of ["now", "substr"]) expect([name, known.has(name)]).toEqual([name, true]);
      const elsewhere = await ask("postgres");
      expect(elsewhere.has("lower")).toBe(true);
    });

    test("a role that could drop what others own calls what is known, and nothing else", async () => {
      await using database = await freshDatabase({ settings });
      await using session = await connect(database.settings, { applicationName: "test" });
      await session.sql.unsafe("create function public.upper(int) returns int language sql as 'select 1'");
      const knownFunctions = await createKnownFunctions(settings)(database.name);
      const kinds = (sql: string): string => kindsIn(sql, { parse, isAdmin: true, knownFunctions });
      expect(kinds("select lower(name), count(*), jsonb_set(a, b, c) from t")).toBe("");
      expect(kinds("select upper(name) from t")).toBe("opaque");
      expect(kinds("select pg_catalog.upper(name) from t")).toBe("");
      expect(kinds("select tidy()")).toBe("opaque");
      expect(kinds("select pg_reload_conf()")).toBe("opaque");
      expect(kinds("select set_config('search_path', '', false)")).toBe("");
      expect(kinds("select pg_terminate_backend(1)")).toBe("");
      expect(kinds("select pg_drop_replication_slot('s')")).toBe("slot");
      expect(kinds("select lo_unlink(1)")).toBe("");
    });

    test("kept for a minute, of a bounded number of databases; what fails is asked for again", async () => {
      await using database = await freshDatabase({ settings });
      await using session = await connect(database.settings, { applicationName: "test" });
      await using closed = await freshDatabase({ settings }, { name: "closed" });
      await session.sql.unsafe("alter database closed allow_connections false");
      let time = 0;
      const ask = createKnownFunctions(settings, () => time);
      const first = await ask(database.name);
      await session.sql.unsafe("create function public.lower(text) returns text language sql as 'select $1'");
      expect(await ask(database.name)).toBe(first);
      time = 60_001;
      const later = await ask(database.name);
      expect([first.has("lower"), later.has("lower")]).toEqual([true, false]);
      // The server says itself that it is not there.
      expect(await ask("nowhere")).toEqual(new Set());
      const failure: unknown = await ask("closed").catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: expect.any(String), message: expect.stringContaining("closed") });
      await session.sql.unsafe("alter database closed allow_connections true");
      time += 1_001;
      expect((await ask(closed.name)).has("lower")).toBe(true);
      // Nobody stays connected to a database that somebody may want to drop.
      const rows = await session.sql.unsafe(
        "select 1 from pg_stat_activity where application_name = 'custody role gate' and datname = current_database()",
      );
      expect(rows.length).toBe(0);
    });
  });
}

test("what is allowed where nobody asked pg_proc is harmless", () => {
  expect([...builtInFunctions].filter((name) => !isHarmlessBuiltIn(name))).toEqual([]);
});
