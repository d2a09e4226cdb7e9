import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import { buildProgram } from "../support/build-program.ts";
import { freshDatabase, startTestCluster } from "../support/cluster.ts";
import { expectGolden } from "../support/golden.ts";
import { leftovers, nothing } from "../support/leftovers.ts";
import { installChain } from "../../src/audit/install-chain.ts";
import { connect } from "../../src/postgres/connect.ts";
import { appendRows } from "../support/chain-database.ts";
import { dsnOf } from "../support/run-custody.ts";
import { runWatchProgram } from "../support/run-watch.ts";
import { tamper } from "../support/verify-chain.ts";
import { testKey } from "../support/notes.ts";
import { testLog } from "../support/test-log.ts";
import { isCosigned, post, writeWitnessKey } from "../support/witness.ts";
import { startWitnessProcess } from "../support/witness-process.ts";

const cluster = await startTestCluster();
let folder = "";
let home = "";

/** The binary stands alone in a folder whose owner wishes it ill; node_modules is out of reach. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "binary-test-"));
  // The throwaway server has a user of its own: it must be able to enter.
  chmodSync(folder, 0o755);
  home = join(folder, "home");
  mkdirSync(home);
  mkdirSync(join(folder, "tmp"));
  mkdirSync(join(folder, "empty"));
  buildProgram(join(folder, "empty"));
  writeFileSync(join(folder, "empty", ".env"), "CUSTODY_STATE_DIR=/nowhere/at/all\nNO_COLOR=\nLC_ALL=C\n");
  writeFileSync(join(folder, "empty", "bunfig.toml"), 'preload = ["./preload.ts"]\n');
  writeFileSync(join(folder, "empty", "preload.ts"), 'throw new Error("preloaded");\n');
  writeFileSync(join(folder, "empty", "package.json"), "{ this is no JSON\n");
  writeFileSync(join(folder, "empty", "tsconfig.json"), "{ nor is this\n");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function custody(...args: readonly string[]): Ended {
  const { status, stdout, stderr } = spawnSync(join(folder, "empty", "custody"), args, {
    cwd: join(folder, "empty"),
    encoding: "utf8",
    env: { PATH: "/usr/bin:/bin", HOME: home, LANG: "C.UTF-8", TMPDIR: join(folder, "tmp") },
  });
  return { code: status, stdout, stderr };
}

/** What differs from run to run, each replaced by as much of its shape as is promised. */
function masked(text: string): string {
  return text
    .replaceAll(/ +\d+\.\d+ s\b/g, " <s>")
    .replaceAll(/\b\d+(?:\.\d+)? (?:B|kB|MB|GB)\b/g, "<size>")
    .replaceAll(/\b[0-9a-f]{16}…/g, "<hash>…")
    .replaceAll(/\b\d+ cores?\b/g, "<n> cores")
    .replaceAll(/PostgreSQL \d+\.\d+/g, "PostgreSQL <version>")
    .replaceAll(/\b\d+ (objects?)\b/g, "<n> $1");
}

test("--version says version, commit and target", () => {
  const { version } = packageJson;
  expect(custody("--version")).toEqual({
    code: 0,
    stdout: expect.stringMatching(
      new RegExp(
        `^custody ${version.replaceAll(".", "\\.")} \\(commit (?:[0-9a-f]{12}(?:\\+changes)?|unknown), bun-linux-\\w+\\)\n$`,
      ),
    ),
    stderr: "",
  });
});

test("the help of every command", () => {
  // The list itself is the golden file's beginning: a command that is not in it does not exist.
  const listed = custody("--help").stdout.matchAll(/^  custody ([a-z]+(?:[ -][a-z]+)*)(?: {2}|$)/gm);
  const text = ["", ...Array.from(listed, ([, name = ""]) => name)].map((name) => {
    const { code, stdout, stderr } = custody(...name.split(" ").filter((word) => word !== ""), "--help");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    return `$ custody ${name} --help\n${stdout}\n`;
  });
  expectGolden("binary/help.txt", text.join(""));
});

test("doctor starts a server of its own, and says what is here", () => {
  const { code, stdout, stderr } = custody("doctor", "--output", "json");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(JSON.parse(stdout)).toMatchObject({
    v: 1,
    command: "doctor",
    verdict: "well",
    error: null,
    run: { exit_code: 0 },
  });
});

test("smoke proves a backup, and leaves nothing", async () => {
  const { code, stdout, stderr } = custody("smoke");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expectGolden("binary/smoke.txt", masked(stdout));
  expect(await leftovers(join(folder, "tmp"))).toEqual(nothing);
  expect(readdirSync(join(home, ".local/state/custody/runs"))).not.toEqual([]);
});

test("a witness cosigns, is killed, and goes on where it was", async () => {
  const key = testKey("example.com/audit");
  const log = testLog(key, "example.com/audit/1", 9);
  const args = ["--key", writeWitnessKey(folder), "--state", join(folder, "witness"), "--log", key.vkey];
  const start = () => startWitnessProcess(folder, args, [join(folder, "empty", "custody")]);
  const first = await start();
  expect(isCosigned(log.checkpoint(4), await post(first.url, log.submission(0, 4)))).toBe(true);
  first.child.kill("SIGKILL");
  await first.ended;
  const second = await start();
  expect(await post(second.url, log.submission(0, 9))).toMatchObject({ status: 409, body: "4\n" });
  expect(isCosigned(log.checkpoint(9), await post(second.url, log.submission(4, 9)))).toBe(true);
  second.child.kill("SIGTERM");
  expect(await second.ended).toBe(130);
});

test("a watch follows a chain, logs what it finds, and ends when that is asked for", async () => {
  await using database = await freshDatabase(cluster);
  const dbUrl = dsnOf(database.settings);
  await using owner = await connect(database.settings, { applicationName: "test" });
  await installChain(owner, { schema: "public" });
  await appendRows(owner, 5);
  const args = ["--db-url", dbUrl, "--interval", "200ms", "--once-broken", "exit", "--metrics-listen", "0"];
  await using watch = runWatchProgram(args, home, join(folder, "empty", "custody"));
  await watch.until("rows-checked");
  await tamper(owner, "update audit_events set actor = 'x' where seq = 3");
  expect(await watch.ended()).toBe(1);
  expect(watch.events.at(-1)).toMatchObject({
    verdict: "broken",
    findings: [{ class: "altered", position: 2 }],
  });
  const logged = watch
    .stderr()
    .trim()
    .split("\n")
    .map((each) => (JSON.parse(each) as { msg: string }).msg);
  expect(logged).toEqual(["suspicion-raised", "finding-made"]);
});

describe("what is embedded", () => {
  test("the migrations: a chain is installed, appended to and verified", async () => {
    await using database = await freshDatabase(cluster);
    const { hosts, user } = database.settings;
    const url = `postgres://${user}@/${database.name}?host=${encodeURIComponent(hosts[0]!.host)}&port=${hosts[0]!.port}`;
    const init = custody("chain", "init", "--db-url", url);
    expect(init).toMatchObject({ code: 0, stderr: "" });
    for (const id of ["1", "2", "3"]) {
      const append = ["--actor", "alice", "--action", "key.rotated", "--resource", `key/${id}`];
      expect(custody("chain", "append", "--db-url", url, ...append)).toMatchObject({ code: 0, stderr: "" });
    }
    const { code, stdout } = custody("chain", "verify", "--db-url", url, "--output", "json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ verdict: "clean", row_count: 3, findings: [] });
    // Threads start with a module of their own, which has another place in the binary.
    const threads = custody("chain", "verify", "--db-url", url, "--jobs", "2", "--output", "json");
    expect([threads.code, JSON.parse(threads.stdout)]).toMatchObject([0, { verdict: "clean", row_count: 3 }]);
  });

  test("the SQL grammar: a plain dump that would run a program is refused, and runs nothing", () => {
    const dump = join(folder, "hostile.sql");
    const witness = join(folder, "ran");
    writeFileSync(
      dump,
      `-- PostgreSQL database dump\nCREATE TABLE t (a int);\n\\! touch ${witness}\nCOPY t FROM PROGRAM 'touch ${witness}';\n`,
    );
    expect(custody("smoke", "--dump", dump).code).not.toBe(0);
    expect(readdirSync(folder)).not.toContain("ran");
  });
});
