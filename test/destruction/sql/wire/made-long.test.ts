import { describe, expect, test } from "bun:test";
import { sqlParser } from "../../../../src/postgres/parse-sql.ts";
import { recogniserOf } from "../../../../src/proxy/sessions/postgres/recogniser-of.ts";
import { client as types } from "../../../../src/wire/postgres/message-types.ts";
import { adminCases } from "../../../support/drop-oracle/cases/admins.ts";
import { mixed, moved, tables } from "../../../support/drop-oracle/cases/tables.ts";
import type { DropCase } from "../../../support/drop-oracle/drop-case.ts";

/** A text that is too long for the grammar is judged by its tokens alone: what is seen in it when it is short is then seen as well, or it is opaque. */

const parse = await sqlParser();
const state = { isStandardStrings: true, encoding: "UTF8" };
const padding = "x".repeat(70_000);

/** Places in which a text may be made long without another meaning. */
const ways: readonly [string, (text: string) => string][] = [
  ["a comment ahead of it", (text) => `/*${padding}*/ ${text}`],
  ["a comment behind it", (text) => `${text} /*${padding}*/`],
  ["blanks in it", (text) => text.replace(" ", " ".repeat(70_000))],
  ["a comment in its first gap", (text) => text.replace(" ", `/*${padding}*/`)],
  ["a comment in its last gap", (text) => text.replace(/ (?=[^ ]*$)/, `\n--${padding}\n`)],
  ["a statement ahead of it", (text) => `select '${padding}'; ${text}`],
  ["a statement behind it", (text) => `${text}; select '${padding}'`],
  [
    "a body that only looks like one ahead of it",
    (text) => `create view v as select begin atomic from t; ${text}; select '${padding}'`,
  ],
];

const admins = adminCases({ dsn: "dbname=shop", psql: "psql", major: 15 });

describe.each([
  { who: "an application's role", isAdmin: false, cases: [...tables, ...mixed, ...moved] },
  { who: "an admin", isAdmin: true, cases: admins },
])("$who", ({ isAdmin, cases }) => {
  const recogniser = recogniserOf({ parse, isAdmin, knownFunctions: null });
  const kindsIn = (text: string): readonly string[] => {
    const bytes = Buffer.from(`${text}\0`, "latin1");
    if (!isAdmin && !recogniser.isSuspect(bytes, 0, bytes.length - 1)) return [];
    return recogniser.judge(bytes.subarray(0, -1), state).destructions.map(({ kind }) => kind);
  };
  const texts = cases.flatMap((each) => textOf(each) ?? []).filter((text) => kindsIn(text).length > 0);

  test("there are texts", () => {
    expect(texts.length).toBeGreaterThan(60);
  });

  test.each(ways)("%s", (_, lengthen) => {
    expect(texts.filter((text) => kindsIn(lengthen(text)).length === 0)).toEqual([]);
  });
});

/** Of a case that is one Query; none has a NUL in it. */
function textOf({ writes }: DropCase): string | null {
  const [bytes] = writes.map((write) => write.bytes);
  return writes.length === 1 && bytes?.[0] === types.query
    ? bytes.toString("latin1", 5, bytes.length - 1)
    : null;
}
