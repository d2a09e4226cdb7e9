import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { installChain } from "../../src/audit/install-chain.ts";
import { connect } from "../../src/postgres/connect.ts";
import { appendRows } from "../support/chain-database.ts";
import { replicableServer } from "../support/replicated-cluster.ts";
import { temporaryFolder } from "../support/run-commands.ts";
import { dsnOf } from "../support/run-custody.ts";
import { runWatchProgram } from "../support/run-watch.ts";
import { freePort } from "../support/tcp-cluster.ts";
import { tamper } from "../support/verify-chain.ts";

const server = await replicableServer();
await server.start();
{
  await using session = await connect(server.settings, { applicationName: "test" });
  await installChain(session, { schema: "public" });
  await appendRows(session, 70_000);
}

async function append(count: number, prefix: string): Promise<void> {
  await using session = await connect(server.settings, { applicationName: "test" });
  await appendRows(session, count, prefix);
}

test("a watch outlives restarts of its server and its own death, and finds what was changed in old history", async () => {
  using folder = temporaryFolder();
  const port = await freePort();
  const token = "0123456789abcdef0123456789abcdef";
  writeFileSync(join(folder.path, "token"), `${token}\n`);
  const args = [
    "--db-url",
    dsnOf(server.settings),
    "--interval=200ms",
    "--full-every=3s",
    `--metrics-listen=${port}`,
    `--metrics-token-file=${join(folder.path, "token")}`,
  ];
  const ask = async (path: string): Promise<{ status: number; text: string }> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    return { status: response.status, text: await response.text() };
  };
  let verified = 0;
  {
    await using watch = runWatchProgram(args, folder.path);
    await watch.until("rows-checked");
    expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(401);
    expect(await ask("/healthz")).toEqual({ status: 200, text: "ok\n" });
    for (const signal of ["SIGINT", "SIGQUIT"] as const) {
      await server.stop(signal);
      await watch.until("check-failed");
      expect((await ask("/healthz")).status).toBe(503);
      await server.start();
      await watch.until("connection-made");
      await append(50, `${signal}-`);
      const rows = verified === 0 ? 70_050 : verified + 50;
      verified = Number((await watch.until("rows-checked", (event) => event["rows"] === rows))["rows"]);
    }
    await watch.until("rows-checked");
    expect(await ask("/healthz")).toEqual({ status: 200, text: "ok\n" });
    const { text } = await ask("/metrics");
    expect(text).toContain("custody_chain_watch_reconnects_total 2\n");
    expect(text).toContain("custody_chain_rows 70100\n");
    expect(text).toContain("custody_chain_break_detected_total 0\n");
    watch.kill("SIGKILL");
    await watch.ended();
  }
  await using watch = runWatchProgram(args, folder.path);
  expect(await watch.until("state-loaded")).toMatchObject({ rows: verified });
  await watch.until("block-checked");
  expect(watch.events.filter((each) => each["type"] === "chain-verified")).toEqual([]);
  await using admin = await connect(server.settings, { applicationName: "test" });
  await tamper(admin, "update audit_events set actor = 'x' where seq = 20000");
  expect((await watch.until("finding-made"))["finding"]).toMatchObject({
    class: "altered",
    position: 19_999,
  });
  await watch.until("chain-verified");
  expect(await ask("/healthz")).toEqual({ status: 503, text: "the chain has 1 findings\n" });
  expect((await ask("/metrics")).text).toContain('custody_chain_verify_total{outcome="broken"} 1\n');
  await tamper(admin, "update audit_events set actor = 'ann' where seq = 20000");
  await watch.until("finding-gone");
}, 120_000);

test("a NOTIFY wakes a watch, and findings end it where that is asked for", async () => {
  using folder = temporaryFolder();
  await using admin = await connect(server.settings, { applicationName: "test" });
  const args = [
    "--db-url",
    dsnOf(server.settings),
    "--interval",
    "5s",
    "--listen",
    "Audit events",
    "--once-broken",
    "exit",
  ];
  await using watch = runWatchProgram(args, folder.path);
  await watch.until("chain-verified");
  const before = Date.now();
  await append(5, "notified-");
  await admin.sql.unsafe('notify "Audit events"');
  await watch.until("rows-checked");
  expect(Date.now() - before).toBeLessThan(4000);
  await tamper(admin, "update audit_chain_head set row_hash = repeat('a', 64)");
  await admin.sql.unsafe('notify "Audit events"');
  expect(await watch.ended()).toBe(1);
  expect(watch.events.at(-1)).toMatchObject({ verdict: "broken", findings: [{ class: "head-mismatch" }] });
}, 60_000);
