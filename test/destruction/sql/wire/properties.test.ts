import { expect, test } from "bun:test";
import fc from "fast-check";
import { judgeTree } from "../../../../src/destruction/sql/judge-tree.ts";
import { createSqlStream, judgeSqlBytes } from "../../../../src/destruction/sql/wire/judge-sql-bytes.ts";
import { harmless } from "../../../../src/destruction/sql/wire/judge-wire-text.ts";
import type { SqlState } from "../../../../src/destruction/sql/wire/sql-state.ts";
import { partedByPostgres, scannedByPostgres, scannedByUs } from "./grammar-oracle.ts";
import { admin, judgedBytes, ordinary, show, standard } from "./wire-judged.ts";

/** What PostgreSQL's lexer may take for one thing or another, by what stands around it. */
const tricky = fc.constantFrom(
  ..."SELECT 1|SELECT 'a'|;|; |;\n|DROP ROLE a|DROP ROLE b|DROP DATABASE c|'|''|\"|\"\"|[|]|$$|$a$|$b$|$A$|$|$1|1|0x1|1e|1.|.5|1e-|e|E'|e'a'|\\'|\\\\'|\\|U&'|U&\"|u&|u|n'|N'|b'|X'|x'1'|--|--x\r|--x\n|/*|*/|/**/|/*/|**/|*|/|-|+|=|<|@|:|::|.|..| |\t|\n|\r|\f|\v| AS |x|_|(|)|,|é|UESCAPE '!'|uescape|\n'b'| 'y'|--\n'z'|\\x41|BEGIN ATOMIC|CASE|END|CREATE FUNCTION f() RETURNS int|RETURN 1".split(
    "|",
  ),
);
const glued = fc.array(tricky, { maxLength: 16 }).map((parts) => parts.join(""));

/** A string that may go on behind a comment: libpg-query's copy of the lexer has another rule there than the server (server-oracle.test.ts). */
const continued = /'\s*--/;

/** `1.a`: the comparison takes the word for a part of the number. */
const pointed = /\d[\w.]*[.+-]+[A-Za-z_\u0080-\uffff]/;

test("tokens glued at random are cut as PostgreSQL's own lexer cuts them", () => {
  let compared = 0;
  fc.assert(
    fc.property(glued, (sql) => {
      const theirs = scannedByPostgres(sql);
      const ours = scannedByUs(sql);
      fc.pre(theirs !== null && !continued.test(sql) && !pointed.test(sql));
      // Null: what we trust no reading of.
      if (ours === null) return;
      compared += 1;
      expect(ours).toEqual([...(theirs ?? [])]);
    }),
    { numRuns: 5000 },
  );
  expect(compared).toBeGreaterThan(1000);
});

const statement = fc.constantFrom(
  ..."SELECT 1|SELECT 'a'|SELECT E'\\''|SELECT $a$;$a$|DROP ROLE a|DROP DATABASE c|TRUNCATE t|DELETE FROM t|SELECT \"a;b\"|SELECT U&'a'|ALTER ROLE a NOLOGIN|SET ROLE x|SELECT 1 AS a$b$|SELECT 'a'\n'b'|CREATE RULE r AS ON INSERT TO t DO ALSO (DELETE FROM a; DELETE FROM b)|BEGIN|CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END".split(
    "|",
  ),
);
const filler = fc.constantFrom("", " ", ";", "--c\n", "/*;*/", "/* ' */", "-- '\n", "\n", "\f");
const script = fc
  .array(fc.tuple(filler, statement, filler), { maxLength: 6 })
  .map((all) => all.map((parts) => parts.join("")).join(";"));

test("what PostgreSQL's own parser sees in a text is found in it, and as many statements", () => {
  fc.assert(
    fc.property(fc.oneof(script, glued), (sql) => {
      const parts = partedByPostgres(sql);
      fc.pre(parts !== null && parts.length > 0 && !continued.test(sql));
      const expected = (parts ?? [])
        .flatMap((part) => ordinary.parse(part) ?? [])
        .filter((tree) => !("RuleStmt" in tree) && !("CreateFunctionStmt" in tree))
        .flatMap(judgeTree)
        .map(({ kind, names }) => [kind, ...names].join(" "));
      const judged = judgedBytes(Buffer.from(sql));
      expect(show(judged).filter((one) => one !== "opaque")).toEqual(expected);
      if (judged.statements !== 1) expect(judged.statements).toBe(parts?.length ?? 0);
    }),
    { numRuns: 1000 },
  );
});

const state: fc.Arbitrary<SqlState> = fc.record({
  isStandardStrings: fc.boolean(),
  encoding: fc.constantFrom(
    "UTF8",
    "SJIS",
    "GB18030",
    "BIG5",
    "LATIN1",
    "SHIFT_JIS_2004",
    "JOHAB",
    "nonsense",
  ),
});
const bytes = fc.oneof(
  glued.map((sql) => Buffer.from(sql)),
  script.map((sql) => Buffer.from(sql)),
  fc
    .array(
      fc.oneof(
        tricky.map((part) => Buffer.from(part)),
        fc.uint8Array({ maxLength: 3 }),
      ),
      { maxLength: 16 },
    )
    .map((parts) => Buffer.concat(parts)),
);

test("a text judged in pieces of any size is judged as it is in one", () => {
  fc.assert(
    fc.property(bytes, state, fc.array(fc.nat(6)), fc.boolean(), (text, at, cuts, isAdmin) => {
      const reader = isAdmin ? admin : ordinary;
      const whole = judgeSqlBytes(text, at, reader);
      const stream = createSqlStream(at, reader);
      let isFine = true;
      let from = 0;
      for (const size of [...cuts, ...Array.from(text, () => 1)]) {
        // What is handed in is nobody's afterwards.
        const piece = Uint8Array.from(text.subarray(from, from + size));
        isFine = stream.push(piece) && isFine;
        piece.fill(0x27);
        from += size;
      }
      const judged = stream.end();
      const { destructions, effects, isForced } = judged;
      // A text that is one statement of data is not read at all where it is whole: it may end anywhere.
      const isUnread = whole === harmless && show(judged).every((one) => one === "opaque");
      if (isUnread) return;
      expect({ destructions, effects, isForced }).toEqual({
        destructions: whole.destructions,
        effects: whole.effects,
        isForced: whole.isForced,
      });
      if (destructions.length === 0) expect(isFine).toBe(true);
      if (whole.destructions.length === 0) return;
      expect(judged.fingerprint()).toBe(whole.fingerprint());
      expect([...judged.tags()]).toEqual([...whole.tags()]);
      expect(judged.statements).toBe(whole.statements);
    }),
    { numRuns: 1000 },
  );
});

test("no bytes make it throw", () => {
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), bytes), state, (text, at) => {
      for (const reader of [ordinary, admin]) judgeSqlBytes(text, at, reader);
    }),
    { numRuns: 2000 },
  );
});

const repeated = [
  "/*",
  "*/",
  "/*/",
  "$a$ ",
  "$a$ $b$ ",
  "$a",
  "$",
  "'",
  "''",
  "E'\\",
  "\\'",
  '"',
  "U&'",
  'U&"" UESCAPE ',
  "--",
  "-",
  "'a'\n",
  "'a' --\n",
  "(",
  ")",
  ";",
  "; ;",
  "a ",
  "a.",
  "1e",
  "@/",
  "drop ",
  "drop role a;",
  "drop role a, ",
  "set role a;",
  "delete from t;",
  "begin;",
  "f(",
  "set_config(",
  "do '",
  "do $$ do $$ ",
  "/*a='b'*/",
  "\x95",
  "select 1 where a = 1 or ",
  "begin atomic case ",
];

test.each(repeated)("it takes linear time for %j, over and over", (piece) => {
  for (const before of ["", "drop role ", "do $$ begin ", "/*", "delete from t where "]) {
    const text = Buffer.from(before + piece.repeat(Math.ceil(300_000 / piece.length)), "latin1");
    const from = performance.now();
    judgeSqlBytes(text, { ...standard, encoding: "SJIS" }, admin);
    expect(performance.now() - from).toBeLessThan(3000);
  }
});

test("a literal of 100 MB is read in the memory that it comes in", () => {
  const stream = createSqlStream(standard, ordinary);
  expect(stream.push(Buffer.from("INSERT INTO t VALUES ('"))).toBe(true);
  const piece = Buffer.alloc(1 << 20, "drop role x; ");
  const before = process.memoryUsage().rss;
  for (let count = 0; count < 100; count += 1) expect(stream.push(piece)).toBe(true);
  expect(process.memoryUsage().rss - before).toBeLessThan(40 << 20);
  expect(stream.push(Buffer.from("')"))).toBe(true);
  expect(stream.end().destructions).toEqual([]);
});

test("a long statement is judged by what is certain of it", () => {
  const long = (before: string, piece: string, after: string): readonly string[] =>
    show(judgedBytes(Buffer.from(before + piece.repeat(Math.ceil(100_000 / piece.length)) + after)));
  expect(long("INSERT INTO t VALUES (1)", ", (1, 'drop role x')", "")).toEqual([]);
  expect(long("INSERT INTO t VALUES (1)", ", (1, '2')", "; DROP ROLE x")).toEqual(["role x"]);
  expect(long("SELECT $$", ";", "$$; DROP ROLE x")).toEqual(["role x"]);
  expect(long("DELETE FROM s.t WHERE a IN ($1", ", $2, '3'", ")")).toEqual([]);
  expect(long("DELETE FROM t WHERE a IN (1", ", 2", ") OR true")).toEqual(["opaque"]);
  expect(long("DELETE FROM t WHERE a IN (1", ", b", ")")).toEqual(["opaque"]);
  expect(long("DELETE FROM pg_class WHERE a IN (1", ", 2", ")")).toEqual(["opaque"]);
  expect(long("WITH a AS (DELETE FROM t) SELECT 1", ", 2", "")).toEqual(["opaque"]);
  expect(long("DROP TABLE a", ", b", "")[0]).toStartWith("table a b");
  expect(long("DO $$ BEGIN ", "PERFORM 1; ", "DROP ROLE x; END $$")).toEqual(["opaque"]);
  expect(long("CREATE TABLE t (a int", ", b int", ")")).toEqual([]);
  expect(long("CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$", "x", "$$")).toEqual(["opaque"]);
  expect(long("COPY t (a", ", a", ") FROM PROGRAM 'x'")).toEqual(["opaque"]);
  const names = Array.from({ length: 400 }, (_, index) => `f${index}(`).join("1), ");
  expect(long(`SELECT ${names}1), pg_drop_replication_slot('a')`, ", 1", "")).toEqual(["opaque"]);
  expect(long("SELECT pg_drop_replication_slot('a')", ", 1", "")).toEqual(["opaque"]);
});
