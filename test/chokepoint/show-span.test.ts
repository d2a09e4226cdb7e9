import { expect, test } from "bun:test";
import { showSpan } from "../../src/chokepoint/show-span.ts";

test.each([
  [0, "0 d"],
  [200, "1 s"],
  [5000, "5 s"],
  [90 * 60_000, "90 min"],
  [3_600_000, "1 h"],
  [36 * 3_600_000, "36 h"],
  [30 * 86_400_000, "30 d"],
])("%p ms are %p", (ms, shown) => {
  expect(showSpan(ms)).toBe(shown);
});
