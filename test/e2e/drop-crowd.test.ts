import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "../../src/postgres/connect.ts";
import { buildProgram } from "../support/build-program.ts";
import { firstBreak } from "../support/chain-database.ts";
import { startTestCluster } from "../support/cluster.ts";
import { call, dropOf, makeDropScene } from "../support/drop-scene.ts";
import { poll } from "../support/server-process.ts";
import { startProxyProcess } from "../support/proxy-process.ts";

const cluster = await startTestCluster(15, { parameters: { max_connections: "200" } });
let folder = "";
let program = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "drop-crowd-"));
  chmodSync(folder, 0o755);
  program = buildProgram(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const tenants = 16;

/** The sum of `custody_drop_total` by outcome over all instances. */
async function countDrops(apis: readonly string[]): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (const api of apis) {
    const text = await (await fetch(`${api}/metrics`)).text();
    for (const [, outcome, value] of text.matchAll(/^custody_drop_total\{.*outcome="(\w+)".*\} (\d+)$/gm))
      counts[outcome!] = (counts[outcome!] ?? 0) + Number(value);
  }
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}

test("64 requests at once over four instances, half of them repeats: each resource is dropped once", async () => {
  const home = join(folder, "home");
  mkdirSync(home);
  const scene = await makeDropScene(cluster, { folder: home, target: ["tombstone: { mode: soft }"] });
  await using stack = new AsyncDisposableStack();
  const proxies = Array.from({ length: 4 }, () =>
    stack.use(startProxyProcess(scene.config, { home, program })),
  );
  const apis = await Promise.all(proxies.map((each) => each.api));
  for (let tenant = 0; tenant < tenants; tenant += 1) await scene.createTenant(`c${tenant}`);

  // For each tenant two requests, and each of the two made twice, at different instances.
  const answers = await Promise.all(
    Array.from({ length: 4 * tenants }, async (_, index) => {
      const tenant = `c${index % tenants}`;
      const request = Math.floor(index / tenants) % 2;
      const api = apis[(index + Math.floor(index / tenants)) % 4]!;
      return await call(api, "POST", "/v1/drops", dropOf(tenant, `${tenant}-${request}`));
    }),
  );
  expect(answers.map((each) => each.status).filter((status) => status !== 200 && status !== 202)).toEqual([]);
  const distinct = new Set(answers.map((each) => each.body.drop_id));
  expect(distinct.size).toBe(2 * tenants);

  await using ledger = await connect(scene.ledger, { applicationName: "test" });
  await poll(async () => {
    const [open] = await ledger.sql<{ count: number }[]>`
      select count(*)::int as count from custody_drops where state not in ('completed', 'noop')`;
    return open?.count === 0;
  });
  const states = await ledger.sql<{ state: string; outcome: string; count: number }[]>`
    select state, outcome, count(*)::int as count from custody_drops group by 1, 2 order by 1`;
  expect(states.map((each) => ({ ...each }))).toEqual([
    { state: "completed", outcome: "ok", count: tenants },
    { state: "noop", outcome: "noop", count: tenants },
  ]);
  expect(await countDrops(apis)).toEqual({ ok: tenants, noop: tenants });
  const events = await ledger.sql<{ action: string; count: number }[]>`
    select action, count(*)::int as count from audit_events group by 1 order by 1`;
  expect(Object.fromEntries(events.map((each) => [each.action, each.count]))).toEqual({
    "drop.requested": 2 * tenants,
    "drop.noop": tenants,
    "drop.started": tenants,
    "drop.fenced": tenants,
    "drop.completed": tenants,
  });
  expect(await firstBreak(ledger)).toEqual({ id: null, pos: -1, rows: 6 * tenants });
  for (let tenant = 0; tenant < tenants; tenant += 1) expect(await scene.standing(`c${tenant}`)).toEqual([]);
}, 240_000);
