import { expect, test } from "bun:test";
import { loadTypeScript, readInTime } from "../../../src/scan/adapters/typescript.ts";
import { readTypeScript } from "../../../src/scan/syntax/typescript/read-typescript.ts";

test("the compiler is loaded once, and reads", async () => {
  const [first, second] = await Promise.all([loadTypeScript(), loadTypeScript()]);
  expect(first).toBe(second);
  expect(readTypeScript("drop();", "a.ts", first).functions).toHaveLength(1);
});

test.each([
  ["takes forever", "f(async function g() {\n".repeat(40), null],
  ["is nested too deep", "(".repeat(200_000), [0]],
])(
  "a file that %s is given up, and the next one is read as if nothing had been",
  async (_, source, errors) => {
    const compiler = await loadTypeScript();
    const read = (text: string) => readInTime(compiler, () => readTypeScript(text, "a.ts", compiler));
    const next = 'f((a) => "x", async (b) => drop(a, b));\n';
    const before = read(next);
    const from = performance.now();
    expect(read(source)?.errors ?? null).toEqual(errors);
    expect(performance.now() - from).toBeLessThan(5000);
    expect(read(next)).toEqual(before);
  },
);
