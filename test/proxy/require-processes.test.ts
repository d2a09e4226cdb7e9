import { expect, test } from "bun:test";
import { requireProcesses } from "../../src/proxy/require-processes.ts";

test("one process runs anywhere, more on Linux, and no fraction or crowd of them", () => {
  for (const [count, platform] of [
    [1, "darwin"],
    [1, "linux"],
    [64, "linux"],
  ] as const)
    requireProcesses(count, platform);
  for (const count of [0, -1, 1.5, 65, Number.NaN])
    expect(() => requireProcesses(count, "linux")).toThrow(`--processes ${count} is no number from 1 to 64`);
  expect(() => requireProcesses(2, "darwin")).toThrow("--processes 2 needs Linux");
});
