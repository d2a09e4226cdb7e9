import { describe, expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { appendRows, chainDatabase, prepareChains } from "../support/chain-database.ts";
import { startTestCluster } from "../support/cluster.ts";
import { temporaryFolder } from "../support/run-commands.ts";
import { dsnOf, lastLine } from "../support/run-custody.ts";

const main = join(import.meta.dirname, "../../src/main.ts");
const cluster = await startTestCluster(15);
await prepareChains(cluster);

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs custody in `cwd`; `at` is told every line of stdout, and may send a signal. */
async function custody(
  cwd: string,
  args: readonly string[],
  at: (line: string, kill: (signal: NodeJS.Signals) => void) => void = () => undefined,
): Promise<Ended> {
  const env = { ...process.env, HOME: cwd, XDG_STATE_HOME: join(cwd, "state") };
  const child = spawn(process.execPath, [main, "chain", ...args], {
    cwd,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr, pending] = ["", "", ""];
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
    const lines = (pending + chunk.toString()).split("\n");
    pending = lines.pop() ?? "";
    for (const line of lines) at(line, (signal) => child.kill(signal));
  });
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, stdout, stderr };
}

describe("evidence of a chain, with the program", () => {
  test("from a key to a bundle that is verified where there is no database", async () => {
    using folder = temporaryFolder();
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 5000);
    const database = ["--db-url", dsnOf(chain.settings)];
    const run = async (...args: string[]): Promise<string> => {
      const { code, stdout, stderr } = await custody(folder.path, args);
      expect([args[0], code, stderr]).toEqual([args[0], 0, ""]);
      return lastLine(stdout);
    };
    await run("keygen", "--name", "example.com/audit", "--out", "audit.key");
    await run("checkpoint", ...database, "--key", "audit.key", "--out", "audit.checkpoint");
    await appendRows(chain.owner, 10, "later");
    const trust = ["--public-key", "audit.key.pub"];
    const given = [...database, "--checkpoint", "audit.checkpoint", ...trust];
    expect(await run("prove", "e4242", ...given)).toBe("PROVED id=e4242 index=4241 proof=e4242.tlog-proof");
    expect(await run("check-proof", "e4242.tlog-proof", ...trust)).toMatch(
      /^PROVED id=e4242 index=4241 origin=example\.com\/audit\/[0-9a-f-]{36} size=5000$/,
    );
    expect(await run("bundle", ...given, "--key", "audit.key", "--out", "bundle", "--event", "e17")).toBe(
      "BUNDLED rows=5010 files=8 folder=bundle",
    );
    expect(existsSync(join(folder.path, "bundle/checkpoints/5000.checkpoint.identity"))).toBe(true);
    expect(await run("check-bundle", "bundle", ...trust)).toBe("CLEAN rows=5010 findings=0 bundle=bundle");
  });

  test("a bundle that is interrupted leaves nothing behind", async () => {
    using folder = temporaryFolder();
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 30_000);
    const database = ["--db-url", dsnOf(chain.settings)];
    await custody(folder.path, ["keygen", "--name", "example.com/audit", "--out", "audit.key"]);
    await custody(folder.path, [
      "checkpoint",
      ...database,
      "--key",
      "audit.key",
      "--out",
      "audit.checkpoint",
    ]);
    const before = readdirSync(folder.path).toSorted();
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      let during: string[] = [];
      const args = [
        "bundle",
        ...database,
        "--checkpoint",
        "audit.checkpoint",
        "--out",
        "bundle",
        "--output",
        "jsonl",
      ];
      const { code } = await custody(folder.path, args, (line, kill) => {
        if (!line.includes('"step-started","step":"walk"')) return;
        during = readdirSync(folder.path);
        kill(signal);
      });
      expect([signal, code]).toEqual([signal, 130]);
      expect(during.some((each) => each.startsWith(".bundle."))).toBe(true);
      expect(readdirSync(folder.path).toSorted()).toEqual(before);
    }
  });
});
