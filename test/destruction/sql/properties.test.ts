import { expect, test } from "bun:test";
import fc from "fast-check";
import { hole } from "../../../src/destruction/destruction.ts";
import { judgeSql, judgeSqlOutput } from "../../../src/destruction/sql/judge-sql.ts";
import { judgeTree } from "../../../src/destruction/sql/judge-tree.ts";
import { judged, parse } from "./judged.ts";

function withoutDoubt(found: string): string {
  return found.replace("?", "");
}

/** Statements of words and punctuation alone, so that anything blank may stand between any two of them. */
const statements = [
  ["DROP", "DATABASE", "shop"],
  ["DROP", "DATABASE", "IF", "EXISTS", '"Shop"', "WITH", "(", "FORCE", ")"],
  ["DROP", "ROLE", "a", ",", "b"],
  ["DROP", "OWNED", "BY", "a", "CASCADE"],
  ["DROP", "SCHEMA", "a", "CASCADE"],
  ["TRUNCATE", "TABLE", "a"],
  ["DELETE", "FROM", "a", "WHERE", "true"],
  ["DROP", "LOGIN", "[a]"],
  ["DROP", "USER", "'a'", "@", "'%'"],
  ["DROP", "KEYSPACE", "a"],
  ["DROP", "DATABASE", "`a`"],
  ["DROP", "USER", "a", "CASCADE"],
] as const;

const blank = fc.constantFrom(
  " ",
  "\n",
  "\t",
  "\r\n",
  "/**/",
  "/* a /* b */ c; */",
  "-- DROP ROLE x;\n",
  " \n ",
  "\f",
);
const between = fc.array(blank, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(""));
const anyCase = (text: string): fc.Arbitrary<string> =>
  fc.array(fc.boolean(), { minLength: text.length, maxLength: text.length }).map((upper) =>
    text
      .split("")
      .map((c, i) => (upper[i] ? c.toUpperCase() : c.toLowerCase()))
      .join(""),
  );

test("comments, white space and case between its words hide no destruction", () => {
  const written = fc.constantFrom(...statements).chain((words) =>
    fc
      .tuple(
        fc.tuple(...words.map((word) => (/^[A-Z]+$/.test(word) ? anyCase(word) : fc.constant(word)))),
        fc.array(between, { minLength: words.length, maxLength: words.length }),
        fc.constantFrom("", ";", ";;", "; SELECT 1", ";\n-- that is all"),
        fc.constantFrom(
          "",
          ";",
          "SELECT 1;",
          "nonsense here;",
          "/* a */",
          "BEGIN;",
          "SELECT 'a''b';",
          "SELECT $$;$$;",
        ),
      )
      .map(([cased, blanks, after, before]) => ({
        words,
        sql: before + cased.map((word, i) => `${blanks[i] ?? ""}${word}`).join("") + after,
      })),
  );
  fc.assert(
    fc.property(written, ({ words, sql }) => {
      const [plain] = judged(words.join(" "));
      expect(plain).toBeDefined();
      // How sure it is may fall: `Drop` is how a sentence begins.
      expect(judged(sql).map(withoutDoubt)).toEqual([withoutDoubt(plain ?? "")]);
    }),
  );
});

const harmless = fc.constantFrom(
  "DROP DATABASE shop",
  "; DROP ROLE a; --",
  "DROP USER 'a'@'%'",
  "x\nGO\nDROP LOGIN [a]\nGO\n",
);

test("in a string, a quoted name or a comment everything is nothing", () => {
  const text = fc
    .tuple(fc.string(), harmless, fc.string())
    .map((parts) => parts.join("").replaceAll("\\", ""));
  fc.assert(
    fc.property(text, (inner) => {
      expect(judged(`SELECT '${inner.replaceAll("'", "''")}'`)).toEqual([]);
      expect(judged(`SELECT "${inner.replaceAll('"', '""')}"`)).toEqual([]);
      expect(judged(`SELECT $never$${inner}$never$`)).toEqual([]);
      expect(judged(`-- ${inner.replaceAll(/[\r\n\u2028\u2029]/g, " ")}\nSELECT 1`)).toEqual([]);
      expect(judged(`/* ${inner.replaceAll(/[*/]/g, " ")} */ SELECT 1`)).toEqual([]);
    }),
  );
});

test("behind a string, a quoted name or a comment of whatever it is found", () => {
  const text = fc.string().map((inner) => inner.replaceAll("\\", ""));
  fc.assert(
    fc.property(text, (inner) => {
      const after = "; DROP ROLE a";
      expect(judged(`SELECT '${inner.replaceAll("'", "''")}'${after}`)).toEqual(["role a"]);
      expect(judged(`SELECT "${inner.replaceAll('"', '""')}"${after}`)).toEqual(["role a"]);
      expect(judged(`SELECT $never$${inner}$never$${after}`)).toEqual(["role a"]);
      expect(judged(`SELECT 1 /* ${inner.replaceAll(/[*/]/g, " ")} */${after}`)).toEqual(["role a"]);
    }),
  );
});

const fragments = fc.constantFrom(
  ..."DROP|DATABASE|ROLE|USER|IF|EXISTS|BEGIN|END|THEN|DO|EXECUTE|EXEC|IMMEDIATE|SELECT|AS|CREATE|FUNCTION|GO|DELIMITER //|'|\"|`|[|]|(|)|$$|$a$|;|,|.|@|=|:=|||+|--|/*|*/|/*!|\\|\\gexec|%s|{{|}}|{%|<%=|:x|\n|\n/\n|#|E'|q'[|U&'|:\"x\"|N'|'drop role a'|format|dblink|0|é|😀".split(
    "|",
  ),
  hole,
);

test("nothing makes it throw", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(fragments).map((parts) => parts.join(" ")),
        fc.array(fragments).map((parts) => parts.join("")),
      ),
      (text) => {
        for (const { at, names } of [...judgeSql(text, parse), ...judgeSqlOutput(text, parse)]) {
          expect(at).toBeGreaterThanOrEqual(0);
          expect(at).toBeLessThan(text.length);
          expect(names.join("")).not.toContain(hole);
        }
      },
    ),
  );
});

const repeated = [
  "DROP ",
  "DROP DATABASE x; ",
  "DROP DATABASE x\n",
  "drop user a, ",
  "(",
  "'",
  "\\'",
  '"',
  "`",
  "[",
  "/*",
  "*/",
  "/*!drop ",
  "--",
  "$$",
  "$a$ ",
  "$a$ $b$ $a$ ",
  "{%",
  "{{",
  "<%=",
  "\\",
  "BEGIN ",
  "EXECUTE (",
  "EXECUTE a ",
  "dblink(",
  "execute format(",
  "a := 'drop' || ",
  "@x = 'drop' ",
  "SELECT 'drop' AS a ",
  "select drop as a, ",
  "DROP DATABASE a.",
  "DROP USER 'a'@'b', ",
  "drop %s ",
  "drop {a ",
  "drop :a ",
  "if drop then ",
  "DO $$ DO $$ ",
  "E'\\",
  "U&'",
  "q'[",
  "\nGO\n",
  "\n/\n",
  "DELIMITER x\n x",
  "#\n",
  "select 'drop database x' \\gexec\n",
  "ALTER TABLE x DROP PARTITION ",
  "DELETE FROM t; ",
  `drop database ${hole}`,
  hole,
  "CREATE FUNCTION f() AS $$ BEGIN EXECUTE 'DROP ROLE x'; END $$; ",
];

test.each(
  repeated.flatMap((piece) => ["", "BEGIN ", "DO $$ BEGIN "].map((before) => [before, piece] as const)),
)("it takes linear time for %j%j, over and over", (before, piece) => {
  const text = before + piece.repeat(Math.ceil(60_000 / piece.length));
  const from = performance.now();
  judgeSql(text, parse);
  expect(performance.now() - from).toBeLessThan(3000);
});

/** What PostgreSQL's lexer takes for one thing, and a script's, a template's or another dialect's for another. */
const tricky = fc.constantFrom(
  ..."SELECT 1|SELECT 'a'|;|; |;\n|DROP ROLE a|DROP ROLE b|DROP DATABASE c|<%|%>|<%=|`|#|\n#|'|''|\"|[|]|$$|$a$|$😀$|a😀$$|é$$|1$$|$1$$|E'|\\'|\\\\'|U&'|n'|q'|q'[|]'|--|--x\r|/*|*/|/*!|{%|\ndelimiter ;|\ndelimiter x\n|\ngo\n|\n/\n| AS |x| 'y'|\u00A0|\u2028|\f|,|||".split(
    "|",
  ),
);

test("what PostgreSQL's own parser sees in a whole text is found in it, however it hides from others", () => {
  fc.assert(
    fc.property(fc.array(tricky, { maxLength: 14 }), (parts) => {
      const text = parts.join("");
      const trees = parse(text);
      fc.pre(trees !== null && trees.length > 0);
      const expected = (trees ?? []).flatMap(judgeTree).map(({ kind, names }) => [kind, ...names].join(" "));
      const found = judgeSql(text, parse).map(({ kind, names }) => [kind, ...names].join(" "));
      expect(found).toEqual(expect.arrayContaining(expected));
    }),
  );
});

test.each([
  "SELECT 'a' <% 'b'; DROP ROLE a; SELECT 'a' %> 'b'",
  "SELECT 1 ` 2; DROP ROLE a; SELECT 1 ` 2",
  "SELECT q'['; DROP ROLE a; --]'",
  "SELECT 1 DELIMITER ; DROP ROLE a",
  "SELECT 1\nDELIMITER ;DROP/**/ROLE/**/a",
  "SELECT 1 AS a😀$$; DROP ROLE a; SELECT 2 AS b$$",
  "SELECT 1 -- x\rDROP ROLE a".replace("SELECT 1 ", "SELECT 1; "),
  "SELECT 1 /*! ' */; DROP ROLE a; /* ' */",
  "SELECT 1\n# 2; DROP ROLE a",
  "DO $$ BEGIN PERFORM 'a' <% 'b'; DROP ROLE a; PERFORM 'a' %> 'b'; END $$",
])("%s", (sql) => {
  expect(judged(sql)).toContain("role a");
});

test.each([
  `DELETE FROM pg_class WHERE a = ${"1+".repeat(15_000)}1`,
  `SELECT dblink_exec(${"f(".repeat(15_000)}1${")".repeat(15_000)})`,
  `DELETE FROM t WHERE ${"NOT ".repeat(15_000)}true`,
  `DO $$ BEGIN EXECUTE ${"(".repeat(15_000)}'drop role a'${")".repeat(15_000)}; END $$`,
  `SELECT pg_x FROM ${"(SELECT * FROM ".repeat(3000)}t${") x".repeat(3000)}`,
])("what is nested as deep as this does no harm: %.40s", (sql) => {
  judgeSql(sql, parse);
  expect(judged("DROP ROLE a")).toEqual(["role a"]);
});
