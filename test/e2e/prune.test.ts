import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { connect } from "../../src/postgres/connect.ts";
import type { Session } from "../../src/postgres/session.ts";
import { buildProgram } from "../support/build-program.ts";
import { appendRows } from "../support/chain-database.ts";
import { freshDatabase, startTestCluster } from "../support/cluster.ts";
import { dsnOf, lastLine } from "../support/run-custody.ts";

const cluster = await startTestCluster(15);
const rounds = process.env["CUSTODY_TEST_FULL"] === "1" ? 60 : 8;
let folder = "";
let binary = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "prune-binary-"));
  binary = buildProgram(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const env = (): Record<string, string> => ({ PATH: "/usr/bin:/bin", HOME: folder, LANG: "C.UTF-8" });

/** Runs the binary, with an exit code of 0, and returns the last line of its output. */
async function custody(...args: readonly string[]): Promise<string> {
  const child = spawn(binary, ["chain", ...args], {
    cwd: folder,
    env: env(),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const code = await new Promise((resolve) => child.on("close", resolve));
  expect({ args: args[0], code, stderr }).toEqual({ args: args[0], code: 0, stderr: "" });
  return lastLine(stdout);
}

/** Starts the binary, and sends it a signal so long after a step began. Its exit code; null when that killed it. */
async function endedIn(
  step: string,
  afterMs: number,
  signal: NodeJS.Signals,
  args: readonly string[],
): Promise<number | null> {
  const child = spawn(binary, ["chain", ...args, "--output", "jsonl"], {
    cwd: folder,
    env: env(),
    stdio: ["ignore", "pipe", "ignore"],
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    const { event } = JSON.parse(line) as { event?: { type: string; step?: string } };
    if (event?.type === "step-started" && event.step === step) setTimeout(() => child.kill(signal), afterMs);
  });
  return new Promise((resolve) => child.on("close", resolve));
}

interface Facts {
  readonly rows: number;
  readonly pruned: number;
  readonly archive: string | null;
}

async function factsOf(session: Session): Promise<Facts> {
  const [row] = await session.sql`
    select (select count(*) from audit_events)::int as rows, coalesce(max(size), 0)::int as pruned,
           (select encode(archive_sha256, 'hex') from audit_chain_pruned order by size desc limit 1) as archive
      from audit_chain_pruned`;
  return { rows: Number(row!["rows"]), pruned: Number(row!["pruned"]), archive: row!["archive"] };
}

const sha256 = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");
const key = ["--public-key", "audit.key.pub"];

describe("the beginning of a chain, with the binary", () => {
  test("is moved into archives again and again while others write, and verifies all the while", async () => {
    await using database = await freshDatabase(cluster);
    const url = ["--db-url", dsnOf(database.settings)];
    await custody("init", ...url);
    await using session = await connect(database.settings, { applicationName: "test" });
    await appendRows(session, 4000, "a");
    await custody("keygen", "--name", "example.com/audit", "--out", "audit.key");
    await custody("checkpoint", ...url, "--key", "audit.key", "--out", "one");

    await using writer = await connect(database.settings, { applicationName: "test" });
    const writing = { goesOn: true, written: 0 };
    const writes = (async () => {
      while (writing.goesOn) await appendRows(writer, 1, `w${writing.written++}-`);
    })();
    const before = ["--before", "2100-01-01", ...url, ...key];
    expect(await custody("prune", ...before, "--checkpoint", "one", "--dry-run")).toBe(
      "WOULD-PRUNE rows=4000 size=4000: nothing was changed",
    );
    expect(await custody("prune", ...before, "--checkpoint", "one", "--archive", "first")).toMatch(
      /^PRUNED rows=4000 size=4000 archive=first sha256=[0-9a-f]{16}… event=/,
    );
    writing.goesOn = false;
    await writes;
    expect(await custody("verify", ...url, "--checkpoint", "one", ...key, "--require-checkpoint")).toMatch(
      new RegExp(`^CLEAN rows=${4001 + writing.written} `),
    );
    await custody("checkpoint", ...url, "--key", "audit.key", "--out", "two");
    const both = ["--checkpoint", "one", "--checkpoint", "two"];
    await custody("verify", ...url, ...both, ...key);
    await appendRows(session, 10, "b");
    expect(await custody("prune", ...before, ...both, "--archive", "second", "--key", "audit.key")).toMatch(
      new RegExp(`^PRUNED rows=${writing.written + 1} size=${4001 + writing.written} archive=second `),
    );
    expect(await custody("redact", "b7", ...url, "--reason", "asked for")).toMatch(/^REDACTED id=b7 /);
    await custody("checkpoint", ...url, "--key", "audit.key", "--out", "three");
    expect(await custody("verify", ...url, ...both, "--checkpoint", "three", ...key)).toMatch(
      new RegExp(`^CLEAN rows=${4013 + writing.written} `),
    );
    expect(await custody("check-bundle", "first", ...key, "--allow-unsigned")).toMatch(/^CLEAN rows=4000 /);
    expect(await custody("check-bundle", "second", ...key)).toMatch(/^CLEAN /);
  });

  test("stays where it is when prune is interrupted, and nothing is left of the archive", async () => {
    await using database = await freshDatabase(cluster);
    const url = ["--db-url", dsnOf(database.settings)];
    await custody("init", ...url);
    await using session = await connect(database.settings, { applicationName: "test" });
    await appendRows(session, 3000, "i");
    await custody("checkpoint", ...url, "--key", "audit.key", "--out", "interrupted");
    await appendRows(session, 1, "after");
    const args = ["prune", ...url, "--before", "2100-01-01", "--checkpoint", "interrupted", ...key];
    for (const step of ["walk", "archive", "check"]) {
      const code = await endedIn(step, 0, "SIGINT", [...args, "--archive", "interrupted-archive"]);
      expect([step, code]).toEqual([step, 130]);
      expect(readdirSync(folder).filter((each) => each.includes("interrupted-archive"))).toEqual([]);
    }
    expect(await factsOf(session)).toEqual({ rows: 3001, pruned: 0, archive: null });
    expect(await custody(...args, "--archive", "interrupted-archive")).toMatch(/^PRUNED /);
  });

  test("is never gone without its archive, whenever prune is killed", async () => {
    await using database = await freshDatabase(cluster);
    const url = ["--db-url", dsnOf(database.settings)];
    await custody("init", ...url);
    await using session = await connect(database.settings, { applicationName: "test" });
    const steps = ["walk", "archive", "check", "remove", "remove", "remove", "archive", "check"];
    const seen = { pruned: 0, kept: 0 };
    let checkpoint = "";
    for (let round = 0; round < rounds; round += 1) {
      if (checkpoint === "") {
        await appendRows(session, 3000, `r${round}-`);
        checkpoint = `round-${round}`;
        await custody("checkpoint", ...url, "--key", "audit.key", "--out", checkpoint);
        await appendRows(session, 1, `after${round}-`);
      }
      const before = await factsOf(session);
      const archive = `killed-${round}`;
      const args = [
        "prune",
        ...url,
        "--before",
        "2100-01-01",
        "--checkpoint",
        checkpoint,
        "--archive",
        archive,
        ...key,
      ];
      const step = steps[round % steps.length]!;
      await endedIn(step, Math.random() * (step === "remove" ? 120 : 40), "SIGKILL", args);
      await untilGone(session);

      const after = await factsOf(session);
      const path = join(folder, archive);
      if (after.pruned > before.pruned) {
        seen.pruned += 1;
        expect(after.archive).toBe(sha256(join(path, "report.json")));
        expect(after.rows).toBe(before.rows - (after.pruned - before.pruned) + 1);
        expect(await custody("check-bundle", archive, ...key, "--allow-unsigned")).toMatch(/^CLEAN /);
        checkpoint = "";
      } else {
        seen.kept += 1;
        expect(after).toEqual(before);
        if (existsSync(path)) await custody("check-bundle", archive, ...key, "--allow-unsigned");
      }
      expect(await custody("verify", ...url)).toMatch(
        new RegExp(`^CLEAN rows=${after.rows + after.pruned} `),
      );
    }
    expect(seen.pruned + seen.kept).toBe(rounds);
    expect(seen.kept).toBeGreaterThan(0);
    const last = ["--checkpoint", checkpoint, "--archive", "last", ...key];
    if (checkpoint !== "")
      expect(await custody("prune", ...url, "--before", "2100-01-01", ...last)).toMatch(/^PRUNED /);
  });
});

/** The server notices some time later that a client was killed. */
async function untilGone(session: Session): Promise<void> {
  for (;;) {
    const [row] = await session.sql`select count(*)::int as n from pg_stat_activity
      where datname = current_database() and application_name like 'custody chain%'`;
    if (row!["n"] === 0) return;
    await Bun.sleep(10);
  }
}
