import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { SqlState } from "../../../../src/destruction/sql/wire/sql-state.ts";
import { startTestCluster } from "../../../support/cluster.ts";
import { openRawSession } from "./raw-session.ts";
import type { RawSession } from "./raw-session.ts";
import { judgedBytes, ordinary, show } from "./wire-judged.ts";

const clusters = {
  15: await startTestCluster(15),
  14: await startTestCluster(14),
  18: await startTestCluster(18),
};

interface Trial {
  /** Whether the server has dropped the table `victim`. */
  readonly isDropped: boolean;
  readonly error: string | null;
  readonly found: readonly string[];
}

/** Sends a text to a server in a state, and judges it; the table `victim` is there before. */
async function attempt(session: RawSession, sql: Uint8Array, state: SqlState): Promise<Trial> {
  await session.query("ROLLBACK");
  const setup = await session.query(
    `RESET ALL; SET client_min_messages = error; CREATE TABLE IF NOT EXISTS victim (a int);
     SET statement_timeout = '5s'; SET standard_conforming_strings = ${state.isStandardStrings ? "on" : "off"};
     SET client_encoding = '${state.encoding}'`,
  );
  if (setup.error !== null) throw new Error(setup.error);
  const { error } = await session.query(sql);
  await session.query("ROLLBACK");
  const { values } = await session.query("RESET ALL; SELECT count(*) FROM pg_class WHERE relname = 'victim'");
  return { isDropped: values.at(-1) === "0", error, found: show(judgedBytes(sql, state, ordinary)) };
}

const raw = (text: string): Buffer => Buffer.from(text, "latin1");

describe.each([14, 15, 18] as const)(
  "PostgreSQL %i carries out the second statement, or not, as we read it",
  (major) => {
    test.each([
      ["SJIS", true, "SELECT E'\x95\\'; DROP TABLE victim; --'"],
      ["SJIS", true, "SELECT E'\x95\\''; DROP TABLE victim; --'"],
      ["SJIS", true, "SELECT E'\xb1\\'; DROP TABLE victim; --'"],
      ["UTF8", true, "SELECT E'\\'; DROP TABLE victim; --'"],
      ["UTF8", true, "SELECT '\\'; DROP TABLE victim; --'"],
      ["UTF8", false, "SELECT '\\'; DROP TABLE victim; --'"],
      ["UTF8", false, "SELECT B'0'; DROP TABLE victim; --'"],
      ["UTF8", false, "SELECT 'a'\n'\\'; DROP TABLE victim; --'"],
      ["UTF8", true, "SELECT E'a'\n'\\'; DROP TABLE victim; --'"],
      ["UTF8", true, "SELECT E'a' --c\n '\\'; DROP TABLE victim; --'"],
      ["UTF8", true, "SELECT E'a' --c\r --d\n '\\'; DROP TABLE victim; --'"],
      ["UTF8", true, "SELECT E'a' /*c*/\n '\\'; DROP TABLE victim; --'"],
      ["UTF8", true, "SELECT $a$ $b$ $a$; DROP TABLE victim; --$a$"],
      ["UTF8", true, "SELECT $a$ $$a$; DROP TABLE victim; --$a$"],
      ["UTF8", true, "SELECT 1 AS a$a$; DROP TABLE victim; --$a$"],
      ["UTF8", true, "SELECT 1$a$; DROP TABLE victim; --$a$"],
      ["UTF8", true, "SELECT 1_0$a$; DROP TABLE victim; --$a$"],
      ["UTF8", true, "SELECT 0x1$a$; DROP TABLE victim; --$a$"],
      ["UTF8", true, "SELECT 1e'\\'; DROP TABLE victim; --'"],
      ["UTF8", true, 'SELECT 1 AS "a""; DROP TABLE victim; --"'],
      ["UTF8", true, "SELECT U&'\\\\'; DROP TABLE victim; --'"],
      ["UTF8", true, "/*/*/; DROP TABLE victim; --*/*/"],
      ["UTF8", true, "SELECT 1 /**/; DROP TABLE victim; --*/"],
      ["UTF8", true, "SELECT 1 */*'*/2; DROP TABLE victim; --'"],
      ["UTF8", true, "SELECT 1 +--'\n2; DROP TABLE victim; --'"],
      ["UTF8", true, "SELECT 1 --'\r; DROP TABLE victim; --'"],
      ["UTF8", true, "SELECT 1;\x0bDROP TABLE victim"],
      ["UTF8", true, "\xef\xbb\xbfDROP TABLE victim"],
      ["UTF8", true, "SELECT 1;1DROP TABLE victim"],
      ["UTF8", true, "SELECT (1; DROP TABLE victim"],
      ["GB18030", true, "SELECT E'\x81\\'; DROP TABLE victim; --'"],
      ["GB18030", true, "SELECT E'\x81\x30\x81\x30\\''; DROP TABLE victim; --'"],
      ["BIG5", true, "SELECT E'\xa5\\'; DROP TABLE victim; --'"],
      ["GBK", true, "SELECT E'\x81\\'; DROP TABLE victim; --'"],
      ["UHC", true, "SELECT E'\x81A\\''; DROP TABLE victim; --'"],
      ["SHIFT_JIS_2004", true, "SELECT E'\x95\\'; DROP TABLE victim; --'"],
      ["SHIFT_JIS_2004", true, "SELECT E'\x81\x5f'; DROP TABLE victim; --'"],
      ["SHIFT_JIS_2004", true, "SELECT E'\x81\x5f''; DROP TABLE victim; --'"],
      ["SJIS", true, "SELECT $\x81\xe0$ $\x87\x90$; DROP TABLE victim; --$\x81\xe0$"],
      ["SJIS", true, "SELECT 1 AS \x95d\x95$a$; DROP TABLE victim; --$a$"],
      ["LATIN1", true, "SELECT E'\xe9\\''; DROP TABLE victim; --'"],
    ] as const)("%s, standard strings %p: %j", async (encoding, isStandardStrings, sql) => {
      await using session = await openRawSession(clusters[major].settings);
      const trial = await attempt(session, raw(sql), { encoding, isStandardStrings });
      const isFound = trial.found.includes("table victim") || trial.found.includes("opaque");
      if (trial.isDropped) expect(isFound).toBe(true);
      // What the server reads to its end without a drop holds none, but for what may be read in two ways.
      else if (trial.error === null) expect(trial.found.filter((one) => one !== "opaque")).toEqual([]);
    });
  },
);

const inside = fc
  .array(
    fc.constantFrom(
      ..."a|''|\\|\\'|\\\\|\"\"|$|$a|$$|--|/*|*/|;|'|\"|\n|\r|\x95\\|\x83A|\xb1|\x81\x30\x81\x30|\xe9|; DROP TABLE victim; SELECT |; DROP TABLE victim; --".split(
        "|",
      ),
    ),
    { maxLength: 4 },
  )
  .map((parts) => parts.join(""));
const quotes = fc.constantFrom(
  ..."' '|E' '|e' '|$$ $$|$a$ $a$|N' '|B' '|U&' '|1 AS \"b \"|1 AS U&\"c \"|'a'\n' '|E'a'\n' '|E'a' --c\n' '|/* */|1 -- \n|1 AS a$a$, ' '|1*/* */1|1-/* */1|1+-- \n1|(' ')|$1$ $1$|1e' '|1_ $_".split(
    "|",
  ),
);
const item = fc.tuple(quotes, inside).map(([both, text]) => {
  const cut = both.lastIndexOf(" ");
  return both.slice(0, cut) + text + both.slice(cut + 1);
});
const around = fc
  .tuple(fc.array(item, { maxLength: 2 }), fc.constantFrom("", "1", "NULL"))
  .map(([items, last]) =>
    [...items, last].filter((one) => one !== "").join(items.length % 2 === 0 ? ", " : " , "),
  );
const state: fc.Arbitrary<SqlState> = fc.record({
  isStandardStrings: fc.boolean(),
  encoding: fc.constantFrom("UTF8", "SJIS", "GB18030", "BIG5", "GBK", "UHC", "LATIN1", "SHIFT_JIS_2004"),
});
const between = fc.constantFrom(
  "; DROP TABLE victim; SELECT ",
  ", 'DROP TABLE victim', ",
  ";;SELECT 'DROP',",
);

test("of texts put together at random none drops what we do not see, and none is seen that does not", async () => {
  await using session = await openRawSession(clusters[15].settings);
  await using older = await openRawSession(clusters[14].settings);
  let dropped = 0;
  let spared = 0;
  await fc.assert(
    fc.asyncProperty(
      around,
      between,
      around,
      state,
      fc.boolean(),
      async (before, middle, after, at, isOld) => {
        const sql = raw(`SELECT ${before}${middle}${after}`);
        const trial = await attempt(isOld ? older : session, sql, at);
        if (trial.isDropped) {
          dropped += 1;
          expect(trial.found.some((one) => one === "table victim" || one === "opaque")).toBe(true);
        } else if (trial.error === null) {
          spared += 1;
          expect(trial.found.filter((one) => one !== "opaque")).toEqual([]);
        }
      },
    ),
    { numRuns: 1500 },
  );
  console.log(`${dropped} dropped, ${spared} carried out without a drop`);
  expect(dropped).toBeGreaterThan(20);
  expect(spared).toBeGreaterThan(5);
}, 120_000);

test("of all encodings in which a client may send text SHIFT_JIS_2004 alone has characters that become ASCII", async () => {
  await using session = await openRawSession(clusters[15].settings);
  const made = await session.query(`CREATE FUNCTION probe(name text) RETURNS text LANGUAGE plpgsql AS $$
    DECLARE hits text := ''; bytes bytea; BEGIN
      FOR a IN 128..255 LOOP FOR b IN 1..255 LOOP
        bytes := set_byte(set_byte('\\x0000'::bytea, 0, a), 1, b);
        BEGIN
          IF convert_from(bytes, name) ~ '^[\\x01-\\x7f]$' THEN hits := hits || encode(bytes, 'hex') || ' '; END IF;
        EXCEPTION WHEN OTHERS THEN NULL; END;
      END LOOP; END LOOP;
      RETURN hits; END $$`);
  expect(made.error).toBeNull();
  const encodings = [
    "SJIS",
    "SHIFT_JIS_2004",
    "BIG5",
    "GBK",
    "UHC",
    "GB18030",
    "JOHAB",
    "EUC_JP",
    "EUC_JIS_2004",
    "EUC_TW",
  ];
  const all: Record<string, string | null> = {};
  for (const name of encodings)
    all[name] = (await session.query(`SELECT probe('${name}')`)).values[0] ?? null;
  expect(all).toEqual({
    ...Object.fromEntries(encodings.map((name) => [name, ""])),
    SHIFT_JIS_2004: "815f 81b0 ",
  });
}, 60_000);
