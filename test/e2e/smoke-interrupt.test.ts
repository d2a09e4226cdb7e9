import { describe, expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { leftovers, nothing } from "../support/leftovers.ts";
import { temporaryFolder } from "../support/run-commands.ts";

const main = join(import.meta.dirname, "../../src/main.ts");

interface Ended {
  readonly code: number | null;
  readonly stderr: string;
  readonly begun: readonly string[];
}

/** Runs `custody smoke` in a TMPDIR of its own; `at` is told every step that begins, and may kill. */
async function smoke(
  tmp: string,
  args: readonly string[],
  at: (step: string, kill: (signal: NodeJS.Signals) => void) => void,
): Promise<Ended> {
  const env = {
    ...process.env,
    TMPDIR: tmp,
    XDG_STATE_HOME: join(tmp, "state"),
    XDG_CACHE_HOME: join(tmp, "..", "cache"),
  };
  const child = spawn(process.execPath, [main, "smoke", "--output", "jsonl", ...args], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const begun: string[] = [];
  let stderr = "";
  let pending = "";
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdout.on("data", (chunk: Buffer) => {
    const lines = (pending + chunk.toString()).split("\n");
    pending = lines.pop() ?? "";
    for (const line of lines) {
      const { event } = JSON.parse(line) as { event?: { type: string; step: string } };
      if (event?.type !== "step-started") continue;
      begun.push(event.step);
      at(event.step, (signal) => child.kill(signal));
    }
  });
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, stderr, begun };
}

function ownTmp(folder: string): string {
  const tmp = join(folder, "tmp");
  // The throwaway server has a user of its own: it must be able to enter.
  chmodSync(folder, 0o755);
  mkdirSync(tmp);
  return tmp;
}

describe("Ctrl-C in every phase ends in 130 and leaves nothing", () => {
  const steps = [
    "scratch",
    "workload",
    "snapshot",
    "catalog",
    "dump",
    "fingerprint",
    "chain-before",
    "loss",
    "restore",
    "restored-catalog",
    "digest",
    "restored-fingerprint",
    "chain-after",
    "sabotage",
  ];
  test.each(steps)("%s", async (wanted) => {
    using folder = temporaryFolder();
    const tmp = ownTmp(folder.path);
    const ended = await smoke(
      tmp,
      ["--rows", "3000"],
      (step, kill) => void (step === wanted && kill("SIGINT")),
    );
    expect(ended.begun).toContain(wanted);
    expect(ended).toMatchObject({ code: 130, stderr: expect.stringContaining("interrupted") });
    expect(await leftovers(tmp)).toEqual(nothing);
  });
});

test("what a killed run left is gone after the next start", async () => {
  using folder = temporaryFolder();
  const tmp = ownTmp(folder.path);
  const killed = await smoke(tmp, [], (step, kill) => void (step === "restore" && kill("SIGKILL")));
  expect(killed.code).toBe(null);
  expect((await leftovers(tmp)).folders.length).toBeGreaterThan(0);
  const next = await smoke(tmp, [], () => undefined);
  expect(next).toMatchObject({ code: 0, stderr: "" });
  expect(await leftovers(tmp)).toEqual(nothing);
});

test("two proofs side by side do not disturb each other", async () => {
  using folder = temporaryFolder();
  const tmp = ownTmp(folder.path);
  const both = await Promise.all([smoke(tmp, [], () => undefined), smoke(tmp, [], () => undefined)]);
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  expect(await leftovers(tmp)).toEqual(nothing);
});
