import { afterAll, expect, test } from "bun:test";
import { installChain } from "../../src/audit/install-chain.ts";
import { connect } from "../../src/postgres/connect.ts";
import { appendRows } from "../support/chain-database.ts";
import { poll, replicableServer } from "../support/replicated-cluster.ts";
import { temporaryFolder } from "../support/run-commands.ts";
import { custody, dsnOf } from "../support/run-custody.ts";
import { ran, signerIn } from "../support/signer.ts";
import { tamper } from "../support/verify-chain.ts";

const temporary = temporaryFolder();
afterAll(() => temporary[Symbol.dispose]());

test("a standby that has not replayed what was signed on its primary is neither clean nor broken", async () => {
  const primary = await replicableServer();
  await primary.start();
  await using session = await connect(primary.settings, { applicationName: "test" });
  await installChain(session, { schema: "public" });
  await appendRows(session, 12);
  const signer = await signerIn(temporary.path, "signer");
  const standby = await primary.standby();
  await standby.start();
  await using mirror = await connect(standby.settings, { applicationName: "test" });
  const rows = async (): Promise<number> => {
    const [row] = await mirror.sql<{ n: number }[]>`select count(*)::int as n from audit_events`;
    return row?.n ?? 0;
  };
  await poll(async () => (await rows()) === 12);
  expect((await signer.checkpoint(primary.settings, "old")).code).toBe(0);
  await mirror.sql`select pg_wal_replay_pause()`;
  await poll(async () => {
    const [row] = await mirror.sql<{ state: string }[]>`select pg_get_wal_replay_pause_state() as state`;
    return row?.state === "paused";
  });
  await appendRows(session, 5, "later");
  expect(await signer.checkpoint(primary.settings, "new")).toMatchObject({ document: { size: 17 } });

  const behind = { verdict: "not-verified", findings: [], error: { code: "server-behind" } };
  expect(await signer.verify(standby.settings, ["old", "new"])).toMatchObject({
    code: 3,
    document: { ...behind, checkpoints: [{ size: 12 }, { size: 17, outcome: "behind" }] },
  });
  const only = ["--checkpoint", `${temporary.path}/new`, "--public-key", `${signer.key}.pub`];
  const verify = ["chain", "verify", "--db-url", dsnOf(standby.settings), "--state", signer.state];
  const junit = await custody([...verify, ...only, "--output", "junit"]);
  expect(junit.stdout).toContain(
    '<error message="could not run: not compared: this standby has not replayed',
  );
  expect(await signer.checkpoint(standby.settings, "none")).toMatchObject({
    code: 3,
    document: { verdict: "not-run", checkpoint: null, findings: [], error: { code: "server-behind" } },
  });
  const prove = ["chain", "prove", "e1", "--db-url", dsnOf(standby.settings), "--out", `${signer.key}.proof`];
  expect(await ran(...prove, ...only)).toMatchObject({
    code: 3,
    document: { error: { code: "server-behind" } },
  });
  const prune = [
    "chain",
    "prune",
    "--db-url",
    dsnOf(standby.settings),
    "--before",
    "2100-01-01",
    "--dry-run",
  ];
  expect(await ran(...prune, ...only, "--state", signer.state)).toMatchObject({
    code: 3,
    document: { verdict: "not-run", no_cut: null, error: { code: "server-behind" } },
  });

  await mirror.sql`select pg_wal_replay_resume()`;
  await poll(async () => (await rows()) === 17);
  expect(await signer.verify(standby.settings, ["old", "new"])).toMatchObject({ code: 0 });

  // It has replayed more than what was signed, and has fewer rows all the same.
  await tamper(
    session,
    `delete from audit_events where seq > 12;
     update audit_chain_head set seq = 12, row_hash = (select encode(row_hash, 'hex') from audit_events where seq = 12)`,
  );
  await poll(async () => (await rows()) === 12);
  expect(await signer.verify(standby.settings, ["old", "new"])).toMatchObject({
    code: 1,
    document: { verdict: "broken", findings: [{ class: "truncated" }] },
  });
}, 120_000);
