import { expect, test } from "bun:test";
import { loadTypeScript } from "../../../src/scan/adapters/typescript.ts";
import { readTypeScript } from "../../../src/scan/syntax/typescript/read-typescript.ts";

test("the compiler is loaded once, and reads", async () => {
  const [first, second] = await Promise.all([loadTypeScript(), loadTypeScript()]);
  expect(first).toBe(second);
  expect(readTypeScript("drop();", "a.ts", first).functions).toHaveLength(1);
});
