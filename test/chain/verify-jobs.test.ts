import { expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { connect } from "../../src/postgres/connect.ts";
import { startTestCluster } from "../support/cluster.ts";
import { appendRows, chainDatabase, prepareChains } from "../support/chain-database.ts";
import { pruneChain } from "../support/prune-chain.ts";
import { poll } from "../support/replicated-cluster.ts";
import { temporaryFolder } from "../support/run-commands.ts";
import { dsnOf } from "../support/run-custody.ts";
import { ran, signerIn } from "../support/signer.ts";
import { tamper } from "../support/verify-chain.ts";

/** `--jobs` on a chain of several blocks of 65 536 rows, by the threads that it really starts. */

const cluster = await startTestCluster(15);
await prepareChains(cluster);
const big = await chainDatabase(cluster);
const rows = 2 * 65_536 + 1000;
await appendRows(big.owner, rows);
const dsn = dsnOf(big.settings);

async function documentWith(jobs: number): Promise<Record<string, unknown>> {
  const { code, document } = await ran("chain", "verify", "--db-url", dsn, "--jobs", String(jobs));
  return { ...document, run: null, code };
}

const main = join(import.meta.dirname, "../../src/main.ts");

/** Names of custody's backends on the server, the test's own left out. */
async function backends(): Promise<readonly string[]> {
  await using session = await connect(cluster.settings, { applicationName: "test" });
  const found = await session.sql<{ name: string }[]>`
    select application_name as name from pg_stat_activity where application_name like 'custody chain%'`;
  return found.map(({ name }) => name);
}

test("an interruption ends threads and sessions at once, wherever it comes", async () => {
  using folder = temporaryFolder();
  for (const at of ["open", "walk", "progress"]) {
    const child = spawn(
      process.execPath,
      [main, "chain", "verify", "--db-url", dsn, "--jobs", "2", "--output", "jsonl"],
      {
        env: { PATH: process.env["PATH"], LANG: "C.UTF-8", HOME: folder.path },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    const marker = at === "progress" ? '"type":"step-progressed"' : `"step":"${at}"`;
    let told = "";
    child.stdout.on("data", (chunk: Buffer) => {
      const isFirst = !told.includes(marker);
      told += chunk.toString();
      if (isFirst && told.includes(marker)) child.kill("SIGINT");
    });
    const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
    expect([at, code]).toEqual([at, 130]);
    expect(told).toContain('"interrupted"');
    await poll(async () => (await backends()).length === 0);
  }
}, 120_000);

test("what several jobs say is what one says, before and after a prune whose end is no border, tampered with or not", async () => {
  const clean = await documentWith(1);
  expect(clean).toMatchObject({ code: 0, verdict: "clean", row_count: rows });
  for (const jobs of [2, 3]) expect(await documentWith(jobs)).toEqual(clean);

  await pruneChain(big.owner, 1234);
  const pruned = await documentWith(1);
  expect(pruned).toMatchObject({ code: 0, row_count: rows + 1, verifier_walked: rows + 1 - 1234 });
  expect(await documentWith(2)).toEqual(pruned);

  for (const statements of [
    "update audit_events set prev_hash = sha256('') where seq = 65537",
    "update audit_events set actor = 'x' where seq in (65536, 131072)",
    "delete from audit_events where seq = 131073",
    "update audit_chain_head set seq = seq - 1",
    "update audit_chain_pruned set row_hash = sha256('')",
    "update audit_events set details = null, details_salt = null where seq = 100000",
  ]) {
    await tamper(
      big.admin,
      `create table public.kept as select * from audit_events where seq in (65536, 65537, 100000, 131072, 131073);
      create table public.kept_head as select * from audit_chain_head; create table public.kept_pruned as select * from audit_chain_pruned; ${statements}`,
    );
    const told = await documentWith(1);
    expect([statements, told["code"]]).toEqual([statements, 1]);
    expect(await documentWith(2)).toEqual(told);
    await tamper(
      big.admin,
      `delete from audit_events e using public.kept k where e.id = k.id; insert into audit_events select * from public.kept;
      delete from audit_chain_head; insert into audit_chain_head select * from public.kept_head;
      delete from audit_chain_pruned; insert into audit_chain_pruned select * from public.kept_pruned;
      drop table public.kept, public.kept_head, public.kept_pruned`,
    );
  }
  expect(await documentWith(2)).toEqual(pruned);
}, 180_000);

test("checkpoints below, at and above a border are compared by several jobs", async () => {
  using folder = temporaryFolder();
  const signer = await signerIn(folder.path, "jobs");
  await signer.checkpoint(big.settings, "all");
  await appendRows(big.owner, 70_000, "later");
  await signer.checkpoint(big.settings, "more");
  const one = await signer.verify(big.settings, ["all", "more"]);
  expect(one).toMatchObject({
    code: 0,
    document: { checkpoints: [{ outcome: "matched" }, { outcome: "matched" }] },
  });
  const two = await signer.verify(big.settings, ["all", "more"], "--jobs", "2");
  expect({ ...two.document, run: null }).toEqual({ ...one.document, run: null });
}, 60_000);

test("several jobs read one snapshot, whatever is written meanwhile", async () => {
  let isWriting = true;
  const writers = Array.from({ length: 4 }, async (_, writer) => {
    const session = await big.open();
    let written = 0;
    for (; isWriting; written += 5) await appendRows(session, 5, `w${writer}-${written}-`);
    return written;
  });
  const seen: number[] = [];
  for (let run = 0; run < 3; run += 1) {
    const told = await documentWith(2);
    expect(told).toMatchObject({ code: 0, findings: [] });
    seen.push(Number(told["row_count"]));
  }
  isWriting = false;
  const written = (await Promise.all(writers)).reduce((sum, each) => sum + each, 0);
  expect(seen).toEqual(seen.toSorted((left, right) => left - right));
  const last = await documentWith(2);
  expect(Number(last["row_count"]) - seen[0]!).toBeLessThanOrEqual(written);
  expect(last).toMatchObject({ code: 0, verifier_walked: Number(last["row_count"]) - 1234 });
}, 60_000);
