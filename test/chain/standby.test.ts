import { afterAll, expect, test } from "bun:test";
import { installChain } from "../../src/audit/install-chain.ts";
import { connect } from "../../src/postgres/connect.ts";
import type { Session } from "../../src/postgres/session.ts";
import { appendCertctlRows, certctlSchema } from "../support/certctl-chain.ts";
import { appendRows } from "../support/chain-database.ts";
import { poll, replicableServer } from "../support/replicated-cluster.ts";
import { temporaryFolder } from "../support/run-commands.ts";
import { dsnOf } from "../support/run-custody.ts";
import { ran, signerIn } from "../support/signer.ts";
import { tamper } from "../support/verify-chain.ts";

const temporary = temporaryFolder();
afterAll(() => temporary[Symbol.dispose]());

test("a hot standby is verified and signed as its primary is: by one session or several, against checkpoints of either", async () => {
  const primary = await replicableServer();
  await primary.start();
  await using session = await connect(primary.settings, { applicationName: "test" });
  await session.sql.unsafe("create database other");
  await installChain(session, { schema: "public" });
  await appendRows(session, 300);
  const standby = await primary.standby();
  await standby.start();
  await using mirror = await connect(standby.settings, { applicationName: "test" });
  const others = { ...primary.settings, database: "other" };
  await using foreign = await connect(others, { applicationName: "test" });
  await foreign.sql.unsafe(certctlSchema);
  await appendCertctlRows(foreign, 40);
  await caughtUp(session, mirror);

  const documentOf = async (dsn: string, ...more: string[]): Promise<Record<string, unknown>> => {
    const { code, document } = await ran("chain", "verify", "--db-url", dsn, ...more);
    const { address: _address, standby: isStandby, ...chain } = document["chain"] as Record<string, unknown>;
    return { ...document, run: null, chain, code, isStandby };
  };
  const both = async (...more: string[]): Promise<readonly Record<string, unknown>[]> => [
    await documentOf(dsnOf(primary.settings), ...more),
    await documentOf(dsnOf(standby.settings), ...more),
  ];
  for (const jobs of ["1", "2"]) {
    const [here, there] = await both("--jobs", jobs);
    expect(here).toMatchObject({ code: 0, verdict: "clean", row_count: 300, isStandby: false });
    expect(there).toEqual({ ...here, isStandby: true });
  }
  const onForeign = await documentOf(dsnOf({ ...standby.settings, database: "other" }));
  expect(onForeign).toMatchObject({ code: 0, verdict: "clean", row_count: 40, isStandby: true });

  const signer = await signerIn(temporary.path, "signer");
  expect(await signer.checkpoint(standby.settings, "one")).toMatchObject({
    code: 0,
    document: { verdict: "signed", size: 300, identity: true },
  });
  await appendRows(session, 20, "later");
  expect(await signer.checkpoint(primary.settings, "two")).toMatchObject({
    code: 0,
    document: { verdict: "signed", size: 320, extended: 300 },
  });
  await caughtUp(session, mirror);
  for (const settings of [primary.settings, standby.settings]) {
    expect(await signer.verify(settings, ["one", "two"], "--jobs", "2")).toMatchObject({
      code: 0,
      document: { unanchored_rows: 0, checkpoints: [{ outcome: "matched" }, { outcome: "matched" }] },
    });
  }

  await tamper(
    session,
    "update audit_events set actor = 'x' where seq = 7; delete from audit_events where seq = 310",
  );
  await caughtUp(session, mirror);
  for (const jobs of ["1", "2"]) {
    const [here, there] = await both("--jobs", jobs);
    expect(here).toMatchObject({ code: 1, verdict: "broken", findings_total: 3 });
    expect(there).toEqual({ ...here, isStandby: true });
  }
  expect((await signer.verify(standby.settings, ["one"])).code).toBe(1);
  expect((await signer.checkpoint(standby.settings, "three")).document["verdict"]).toBe("refused");
}, 120_000);

/** Until the standby shows all that the primary has committed. */
async function caughtUp(primary: Session, standby: Session): Promise<void> {
  const [row] = await primary.sql<{ lsn: string }[]>`select pg_current_wal_insert_lsn()::text as lsn`;
  await poll(async () => {
    const [there] = await standby.sql.unsafe<{ is: boolean }[]>(
      `select pg_last_wal_replay_lsn() >= '${row!.lsn}'::pg_lsn as is`,
    );
    return there?.is === true;
  });
}
