import { expect, test } from "bun:test";
import { concludeStatement } from "../../../src/chokepoint/statements/conclude.ts";
import type { Left } from "../../../src/chokepoint/statements/conclude.ts";
import type { StatementEnd } from "../../../src/chokepoint/statements/statement.ts";

type Told = StatementEnd["outcome"] | null;

/** Who hears what, and what the catalog says: how the row ends, and what is counted. */
const table: readonly (readonly [Told, Left, string])[] = [
  ["ok", "gone", "completed ok"],
  ["ok", "mixed", "completed ok"],
  ["ok", "none", "completed ok"],
  ["ok", "unasked", "completed ok"],
  ["ok", "busy", "completed ok"],
  ["ok", "nothing", "noop noop"],
  ["ok", "all", "failed rolled_back"],
  ["ok", "broken", "failed error"],
  ["noop", "nothing", "noop noop"],
  ["noop", "gone", "noop noop"],
  ["rolled_back", "all", "failed rolled_back"],
  ["rolled_back", "none", "failed rolled_back"],
  ["error", "all", "failed error"],
  ["error", "gone", "failed error"],
  ["error", "broken", "failed error"],
  ["unknown", "gone", "completed ok"],
  ["unknown", "nothing", "noop noop"],
  ["unknown", "all", "failed rolled_back"],
  ["unknown", "mixed", "unknown unknown"],
  ["unknown", "busy", "unknown unknown"],
  ["unknown", "none", "unknown unknown"],
  ["unknown", "unasked", "unknown unknown"],
  [null, "gone", "completed ok"],
  [null, "all", "failed rolled_back"],
  [null, "unasked", "unknown unknown"],
];

test.each(table)("told %s, and left %s: %s", (told, left, expected) => {
  const error = told === "error" ? { code: "55006", message: "in use" } : null;
  const end = concludeStatement(told === null ? null : { outcome: told, error }, left);
  expect(`${end.to} ${end.outcome}`).toBe(expected);
  expect(end.error === null).toBe(end.to === "completed" || end.to === "noop");
});
