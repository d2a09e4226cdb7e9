import { expect, test } from "bun:test";
import { sqlParser } from "../../src/postgres/parse-sql.ts";

const parse = await sqlParser();
const drop = "drop role x";

// An expression that is deeper than the stack leaves the parser in the middle of what it did.
test.each([
  ["NOT", `select ${"not ".repeat(9500)}true`],
  ["operators", `select 1${"+1".repeat(15_000)}`],
  ["casts", `select 1${"::int".repeat(20_000)}`],
])("a statement is read right after others whose tree of %s is too deep", (_, deep) => {
  const right = parse(drop);
  expect(right).toHaveLength(1);
  for (let round = 0; round < 60; round += 1) {
    parse(deep);
    expect(parse(drop)).toEqual(right);
  }
  expect(parse("drop role")).toBeNull();
  expect(parse(drop)).toEqual(right);
});
