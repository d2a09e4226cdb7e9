import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createScriptReader } from "../../../src/backup/archive/script-reader.ts";
import type { ScriptEnd } from "../../../src/backup/archive/script-events.ts";

interface Read {
  readonly events: readonly string[];
  readonly end: ScriptEnd;
}

/** Events as short lines; the rows of a COPY block joined, since they come cut anywhere. */
function read(script: string | Buffer, cuts: readonly number[] = [], limit?: number): Read {
  const bytes = Buffer.from(script);
  const events: string[] = [];
  let rows: Buffer[] = [];
  const reader = createScriptReader((event) => {
    switch (event.type) {
      case "statement":
      case "copy-start":
        events.push(`${event.type} ${event.line}: ${Buffer.from(event.bytes).toString()}`);
        break;
      case "long-statement":
        events.push(`${event.type} ${event.line}`);
        break;
      case "comment":
      case "meta-command":
        events.push(`${event.type} ${event.line}: ${event.text}`);
        break;
      case "copy-data":
        rows.push(Buffer.from(event.bytes));
        break;
      case "copy-end":
        events.push(`rows: ${Buffer.concat(rows).toString()}`);
        rows = [];
    }
  }, limit);
  let from = 0;
  for (const cut of [...cuts].toSorted((left, right) => left - right)) {
    reader.push(Buffer.from(bytes.subarray(from, cut)));
    from = cut;
  }
  reader.push(Buffer.from(bytes.subarray(from)));
  return { events, end: reader.finish() };
}

const sample = `--
-- PostgreSQL database dump
--
\\restrict abc
SET standard_conforming_strings = on;
CREATE TABLE a (b text DEFAULT 'it''s; \\' , "c;""d" int); /* not; /* nested; */ a statement; */
CREATE FUNCTION f() RETURNS int AS $_x$ begin; $$ '; $_x$ LANGUAGE plpgsql;
CREATE FUNCTION public.g(a int) RETURNS int LANGUAGE sql
    BEGIN ATOMIC
 SELECT CASE WHEN (a > 1) THEN 2 ELSE 3 END;
 SELECT 1;
END;
SELECT E'a\\'b;' 'c;', 1 -- tail; comment
  + 2;
CREATE RULE r AS ON INSERT TO a DO ALSO (SELECT 1; SELECT 2);
COPY public.a (b) FROM stdin;
x\\\\.y
\\N
 \\.
\\\\.
\\.


COPY public.e  FROM stdin;
\\.
SELECT 'é'; SELECT 2;
\\unrestrict abc
`;

const expected = [
  "comment 1: --",
  "comment 2: -- PostgreSQL database dump",
  "comment 3: --",
  "meta-command 4: \\restrict abc",
  "statement 5: SET standard_conforming_strings = on;",
  `statement 6: CREATE TABLE a (b text DEFAULT 'it''s; \\' , "c;""d" int);`,
  "statement 7: CREATE FUNCTION f() RETURNS int AS $_x$ begin; $$ '; $_x$ LANGUAGE plpgsql;",
  "statement 8: CREATE FUNCTION public.g(a int) RETURNS int LANGUAGE sql\n    BEGIN ATOMIC\n SELECT CASE WHEN (a > 1) THEN 2 ELSE 3 END;\n SELECT 1;\nEND;",
  "statement 13: SELECT E'a\\'b;' 'c;', 1 -- tail; comment\n  + 2;",
  "statement 15: CREATE RULE r AS ON INSERT TO a DO ALSO (SELECT 1; SELECT 2);",
  "copy-start 16: COPY public.a (b) FROM stdin;",
  "rows: x\\\\.y\n\\N\n \\.\n\\\\.\n",
];

describe("the reader of scripts", () => {
  test("splits a script as psql does", () => {
    const { events, end } = read(sample);
    expect(events.slice(0, expected.length)).toEqual(expected);
    expect(events.slice(expected.length).map((event) => event.replace(/ \d+:/, ":"))).toEqual([
      "copy-start: COPY public.e  FROM stdin;",
      "rows: ",
      "statement: SELECT 'é';",
      "statement: SELECT 2;",
      "meta-command: \\unrestrict abc",
    ]);
    expect(end).toEqual({ inside: null, bytes: Buffer.byteLength(sample) });
  });

  test("gives the same wherever the bytes are cut", () => {
    const whole = read(sample);
    const length = Buffer.byteLength(sample);
    for (let cut = 0; cut <= length; cut += 1) expect(read(sample, [cut])).toEqual(whole);
    fc.assert(
      fc.property(fc.array(fc.nat({ max: length }), { maxLength: 40 }), (cuts) =>
        expect(read(sample, cuts)).toEqual(whole),
      ),
    );
    expect(
      read(
        sample,
        Array.from({ length }, (_, index) => index),
      ),
    ).toEqual(whole);
  });

  test.each([
    ["SELECT 1", "a statement"],
    ["SELECT 'a", "a string"],
    ["SELECT $x$ a $y$ ;", "a string"],
    ['SELECT "a', "a string"],
    ["/* a", "a comment"],
    ["COPY a FROM stdin;\n1\t2\n", "a COPY block"],
    ["COPY a FROM stdin;\n1\t2\n\\", "a COPY block"],
    ["COPY a FROM stdin;", "a COPY block"],
    ["SELECT 1; -- done", null],
    ["SELECT 1;", null],
    ["", null],
  ] as const)("notices where %j stops", (script, inside) => {
    expect(read(script).end.inside).toBe(inside);
  });

  test("honours standard_conforming_strings", () => {
    expect(read("SET standard_conforming_strings = off;\nSELECT 'a\\'; b';\n").events).toHaveLength(2);
    expect(read("SET standard_conforming_strings = on;\nSELECT 'a\\'; SELECT 2;\n").events).toHaveLength(3);
  });

  test("takes a psql command out of the middle of a statement", () => {
    expect(read("SELECT 1 \\gexec\nSELECT 2;").events).toEqual([
      "meta-command 1: \\gexec",
      "statement 2: SELECT 2;",
    ]);
    expect(read("COPY a FROM stdin; \\! id\n1\n\\.\n").events).toEqual([
      "copy-start 1: COPY a FROM stdin;",
      "meta-command 1: \\! id",
      "rows: 1\n",
    ]);
  });

  test("does not hold more than one statement of the limit", () => {
    const long = `SELECT '${"x".repeat(5000)};'; SELECT 2;`;
    const bytes = Buffer.from(long);
    const cuts = Array.from({ length: 50 }, (_, index) => index * 100);
    expect(read(bytes, cuts, 1000).events).toEqual(["long-statement 1", "statement 1: SELECT 2;"]);
  });

  test("never throws, never hangs, whatever it reads", () => {
    const pieces = fc.constantFrom(
      "'",
      '"',
      "$$",
      "$a$",
      "--",
      "/*",
      "*/",
      "\\",
      "\\.",
      "\n",
      ";",
      "(",
      ")",
      "E'",
      "COPY a FROM stdin;\n",
      "BEGIN",
      "END",
      "é",
      "a",
      " ",
    );
    fc.assert(
      fc.property(
        fc.array(pieces, { maxLength: 60 }),
        fc.array(fc.nat({ max: 200 }), { maxLength: 10 }),
        (parts, cuts) => {
          const script = Buffer.from(parts.join(""));
          const at = cuts.filter((cut) => cut < script.length);
          expect(read(script, at)).toEqual(read(script));
        },
      ),
      { numRuns: 1000 },
    );
  });
});
