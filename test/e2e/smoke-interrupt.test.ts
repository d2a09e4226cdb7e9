import { afterAll, describe, expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { connect } from "../../src/postgres/connect.ts";
import { runTool } from "../../src/postgres/tool.ts";
import { startTestCluster, testTools } from "../support/cluster.ts";
import { leftovers, nothing } from "../support/leftovers.ts";
import { urlOf } from "../support/prove.ts";
import { temporaryFolder } from "../support/run-commands.ts";
import { createShop } from "../support/shop.ts";

const main = join(import.meta.dirname, "../../src/main.ts");

const origin = await startTestCluster(15);
const scratch = await startTestCluster(15);
const shopFolder = temporaryFolder();
afterAll(() => shopFolder[Symbol.dispose]());
const shopDump = dumpShop(join(shopFolder.path, "shop.dump"));

async function dumpShop(path: string): Promise<string> {
  await createShop(origin, 20_000);
  const settings = { ...origin.settings, database: "shop" };
  const args = ["-Fc", "-f", path];
  await runTool({ installation: await testTools(), tool: "pg_dump", args, settings });
  return path;
}

/** Names of all databases and roles of the scratch server. */
async function inventory(): Promise<readonly string[]> {
  await using session = await connect(scratch.settings, { applicationName: "test" });
  const rows = await session.sql<{ name: string }[]>`
    select datname::text as name from pg_database union all select rolname::text from pg_roles order by 1`;
  return rows.map(({ name }) => name);
}

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

describe("Ctrl-C on a server that others use leaves it as it was", () => {
  test.each([
    ["restore", 0],
    ["restore", 30],
    ["restore", 80],
    ["restore", 150],
    ["restore", 300],
    ["reference", 100],
    ["restored-fingerprint", 0],
    ["sabotage", 0],
  ])("%s, %d ms after it began", async (wanted, delayMs) => {
    using folder = temporaryFolder();
    const tmp = ownTmp(folder.path);
    const before = await inventory();
    const ended = await smoke(
      tmp,
      ["--dump", await shopDump, "--scratch-url", urlOf(scratch.settings)],
      (step, kill) => void (step === wanted && setTimeout(() => kill("SIGINT"), delayMs)),
    );
    expect(ended.begun).toContain(wanted);
    expect(ended).toMatchObject({ code: 130, stderr: expect.not.stringContaining("still holds") });
    expect(await inventory()).toEqual(before);
  });
});

test("an archive that was asked for is whole, or not there", async () => {
  using folder = temporaryFolder();
  const tmp = ownTmp(folder.path);
  const [early, late] = [join(folder.path, "early.dump"), join(folder.path, "late.dump")];
  await smoke(tmp, ["--rows", "20000", `--write-dump=${early}`], (step, kill) => {
    if (step === "dump") kill("SIGINT");
  });
  expect(readdirSync(folder.path).filter((name) => name.startsWith("early"))).toEqual([]);
  await smoke(tmp, [`--write-dump=${late}`], (step, kill) => {
    if (step === "restore") kill("SIGINT");
  });
  expect(await smoke(tmp, [`--dump=${late}`], () => undefined)).toMatchObject({ code: 0, stderr: "" });
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
