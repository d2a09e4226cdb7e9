import { expect, test } from "bun:test";
import { z } from "zod";
import { showBug } from "../../src/run/show-bug.ts";

test("what was wrong is told, also where the stack does not say it", () => {
  const { error } = z.object({ terms: z.string() }).safeParse({});
  expect(showBug(error)).toContain('"terms"');
  const bug = new Error("no such state");
  expect(showBug(bug)).toBe(bug.stack ?? "");
  expect(showBug("a text")).toBe("a text");
});
