import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "../../src/postgres/connect.ts";
import { run, startTestCluster, testInstallation } from "../support/cluster.ts";
import { call, dropOf, makeDropScene, untilDrop } from "../support/drop-scene.ts";
import type { ApiAnswer, DropScene } from "../support/drop-scene.ts";
import { startProxyProcess } from "../support/proxy-process.ts";
import type { ProxyProcess } from "../support/proxy-process.ts";
import { dsnOf } from "../support/run-custody.ts";
import { makeServer, poll } from "../support/server-process.ts";
import { canMount, mountSmallDisk } from "../support/small-disk.ts";

const cluster = await startTestCluster(15, { parameters: { max_connections: "100" } });
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "drop-refusals-"));
  chmodSync(folder, 0o755);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Guarded extends AsyncDisposable {
  readonly scene: DropScene;
  readonly proxy: ProxyProcess;
  readonly api: string;
}

let count = 0;

async function guard(
  target: readonly string[],
  change: (config: string) => string = (text) => text,
): Promise<Guarded> {
  const name = `ledger_${(count += 1)}`;
  const home = join(folder, name);
  mkdirSync(home);
  await using stack = new AsyncDisposableStack();
  const scene = await makeDropScene(cluster, { folder: home, target, name });
  await writeFile(scene.config, change(await readFile(scene.config, "utf8")));
  const proxy = stack.use(startProxyProcess(scene.config, { home }));
  const api = await proxy.api;
  const owned = stack.move();
  return { scene, proxy, api, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function countOf(api: string, outcome: string): Promise<number> {
  const text = await (await fetch(`${api}/metrics`)).text();
  const found = [...text.matchAll(/^custody_drop_total\{.*outcome="(\w+)".*\} (\d+)$/gm)];
  return found.reduce((sum, [, name, value]) => sum + (name === outcome ? Number(value) : 0), 0);
}

/** That a refusal is told everywhere alike: in the answer, in the log, in the metric, in the ledger; and that nothing was touched. */
async function expectRefused(
  { scene, proxy, api }: Guarded,
  answer: ApiAnswer,
  expected: {
    readonly status: number;
    readonly site: string;
    readonly reason: string;
    readonly outcome?: string;
  },
): Promise<void> {
  const { outcome = "refused", site, status, reason } = expected;
  const { body } = answer;
  const refusal = body["refusal"] as { site: string; reason: string };
  expect([answer.status, body.state, body.outcome, refusal.site]).toEqual([status, "refused", outcome, site]);
  expect(refusal.reason).toContain(reason);
  await proxy.said(body.drop_id);
  const line = proxy
    .stderr()
    .split("\n")
    .filter((each) => each.includes(body.drop_id))
    .map((each) => JSON.parse(each) as Record<string, unknown>);
  expect(line).toMatchObject([
    { event: "custody.drop.refused", site, token: body["token"], caller: "anonymous" },
  ]);
  expect(String(line[0]?.["reason"])).toContain(reason);
  // A scrape may be as old as a second.
  await poll(async () => (await countOf(api, outcome)) > 0);
  await using ledger = await connect(scene.ledger, { applicationName: "test" });
  const rows = await ledger.sql<{ action: string; site: string | null }[]>`
    select action, details ->> 'site' as site from audit_events where details ->> 'drop_id' = ${body.drop_id} order by seq`;
  expect(rows.map((each) => ({ ...each }))).toEqual([
    { action: "drop.requested", site: null },
    { action: "drop.refused", site },
  ]);
}

const off = ["tombstone: { mode: soft }"];

test("names that nobody may drop", async () => {
  await using guarded = await guard([...off, "names: { reserved: [db_platform] }"]);
  await guarded.scene.createTenant("platform");
  const long = `db_${"x".repeat(61)}`;
  await run(cluster, `create database "${long.slice(0, 63)}"`);
  for (const [name, reason] of [
    ["postgres", "reserved"],
    ["template1", "reserved"],
    ["db_platform", "reserved"],
    ["DB_PLATFORM", "reserved"],
    ["shop", "does not match"],
    [long, "no final name"],
    ["custody_tomb_1", "custody's own"],
  ] as const) {
    const request = {
      ...dropOf("x", `r-${name}`),
      provider_resource_id: name,
      intent: { reason: "r", names: {} },
    };
    const answer = await call(guarded.api, "POST", "/v1/drops", request);
    await expectRefused(guarded, answer, { status: 403, site: "identity", reason });
  }
  expect(await guarded.scene.standing("platform")).toEqual(["database", "role"]);
}, 60_000);

test("an intent that has expired, and one that speaks against itself", async () => {
  await using guarded = await guard([
    ...off,
    `terminality: { url: ${JSON.stringify(dsnOf(cluster.settings))}, query: "select 'deleted' where $1 <> ''", terminal: [deleted] }`,
  ]);
  await guarded.scene.createTenant("intent");
  for (const [intent, reason] of [
    [{ not_after: "2020-01-01T00:00:00Z" }, "expired at 2020-01-01"],
    [{ resource_status: "active" }, '"active"'],
  ] as const) {
    const request = dropOf("intent", `r-${reason}`);
    const answer = await call(guarded.api, "POST", "/v1/drops", {
      ...request,
      intent: { ...(request["intent"] as object), ...intent },
    });
    await expectRefused(guarded, answer, { status: 403, site: "intent", reason });
  }
  expect(await guarded.scene.standing("intent")).toEqual(["database", "role"]);
}, 60_000);

test("a resource that lives, one that the platform does not know, and a platform that is down", async () => {
  await using platform = await makeServer(await testInstallation());
  await platform.start();
  {
    await using session = await connect(platform.settings, { applicationName: "test" });
    await session.sql.unsafe(
      "create table resources (token text, status text); insert into resources values ('alive', 'active'), ('dead', 'deleted')",
    );
  }
  await using guarded = await guard([
    ...off,
    `terminality: { url: ${JSON.stringify(dsnOf(platform.settings))}, query: select status from resources where token = $1, terminal: [deleted, expired] }`,
  ]);
  for (const tenant of ["alive", "stranger", "dead"]) await guarded.scene.createTenant(tenant);
  const alive = await call(guarded.api, "POST", "/v1/drops", dropOf("alive", "r1"));
  await expectRefused(guarded, alive, { status: 403, site: "terminality", reason: '"active"' });
  const stranger = await call(guarded.api, "POST", "/v1/drops", dropOf("stranger", "r2"));
  await expectRefused(guarded, stranger, { status: 403, site: "terminality", reason: "knows no resource" });
  await platform.stop("SIGINT");
  const down = await call(guarded.api, "POST", "/v1/drops", dropOf("dead", "r3"));
  await expectRefused(guarded, down, { status: 503, site: "terminality", reason: "cannot be asked" });
  // The very same request, once the platform answers again.
  await platform.start();
  const again = await call(guarded.api, "POST", "/v1/drops", dropOf("dead", "r3"));
  expect([again.status, again.body.drop_id]).toEqual([200, down.body.drop_id]);
  await untilDrop(guarded.api, again.body.drop_id, ["fenced", "completed"]);
  for (const tenant of ["alive", "stranger"])
    expect(await guarded.scene.standing(tenant)).toEqual(["database", "role"]);
}, 60_000);

test("what the policy denies", async () => {
  await using guarded = await guard(["tombstone: { mode: soft }"], (text) =>
    text.replace("approval: { default: allow }", "approval: { default: allow, deny: [role] }"),
  );
  await guarded.scene.createTenant("denied");
  const answer = await call(guarded.api, "POST", "/v1/drops", dropOf("denied", "r1"));
  await expectRefused(guarded, answer, { status: 403, site: "policy", reason: "role" });
  expect(await guarded.scene.standing("denied")).toEqual(["database", "role"]);
}, 60_000);

test("a target that is down, and its breaker after five failures", async () => {
  await using server = await makeServer(await testInstallation());
  await server.start();
  await using guarded = await guard(off, (text) =>
    text.replace(/^ {4}url:.*$/m, `    url: ${JSON.stringify(dsnOf(server.settings))}`),
  );
  await server.stop("SIGINT");
  for (let failure = 1; failure <= 5; failure += 1) {
    const answer = await call(guarded.api, "POST", "/v1/drops", dropOf("away", `r${failure}`));
    await expectRefused(guarded, answer, { status: 503, site: "target", reason: "cannot be asked" });
  }
  const open = await call(guarded.api, "POST", "/v1/drops", dropOf("away", "r6"));
  const expected = { status: 503, site: "breaker", reason: "is open", outcome: "breaker_open" };
  await expectRefused(guarded, open, expected);
  await poll(async () => {
    const metrics = await (await fetch(`${guarded.api}/metrics`)).text();
    return metrics.includes('custody_circuit_state{target="customers"} 1');
  });
}, 60_000);

test("sessions that nobody said to end, and the same where somebody did", async () => {
  await using guarded = await guard(off);
  await guarded.scene.createTenant("busy");
  await using session = await connect(
    { ...cluster.settings, database: "db_busy" },
    { applicationName: "somebody" },
  );
  const busy = await call(guarded.api, "POST", "/v1/drops", dropOf("busy", "r1"));
  await expectRefused(guarded, busy, {
    status: 403,
    site: "server",
    reason: "being accessed by other users",
  });
  expect((busy.body["refusal"] as Record<string, unknown>)["sqlstate"]).toBe("55006");
  const request = dropOf("busy", "r2");
  const forced = await call(guarded.api, "POST", "/v1/drops", {
    ...request,
    intent: { ...(request["intent"] as object), force: true },
  });
  expect([forced.status, forced.body.state]).toEqual([202, "fenced"]);
  await expect(session.sql`select 1`.execute()).rejects.toThrow();
}, 60_000);

test.skipIf(!canMount)(
  "no room for a tombstone: the drop is refused, not the tombstone skipped",
  async () => {
    const dir = join(folder, "full");
    using _disk = mountSmallDisk(dir, "4m");
    await using guarded = await guard([`tombstone: { mode: required, dir: ${dir} }`]);
    await guarded.scene.createTenant("big");
    {
      await using session = await connect(
        { ...cluster.settings, database: "db_big" },
        { applicationName: "test" },
      );
      await session.sql.unsafe(
        "create table filler as select repeat(md5(n::text), 30) as t from generate_series(1, 60000) n",
      );
    }
    const answer = await call(guarded.api, "POST", "/v1/drops", dropOf("big", "r1"));
    await expectRefused(guarded, answer, { status: 503, site: "tombstone", reason: "free" });
    expect(await guarded.scene.standing("big")).toEqual(["database", "role"]);
  },
  60_000,
);

test("a tombstone that does not restore: unproved, never purged, an alarm, and undone from its fence", async () => {
  await using guarded = await guard(["tombstone: { mode: required, retention: 0s }"]);
  await guarded.scene.createTenant("odd");
  {
    await using session = await connect(
      { ...cluster.settings, database: "db_odd" },
      { applicationName: "test" },
    );
    // It holds where it was made, and nowhere else: a check that depends on the search path.
    await session.sql.unsafe(
      `create function few() returns boolean language plpgsql as 'begin return exists (select from orders); end';
       create table strict (n integer check (few())); insert into strict values (1)`,
    );
  }
  const asked = await call(guarded.api, "POST", "/v1/drops", dropOf("odd", "r1"));
  expect(asked.status).toBe(202);
  const drop = await untilDrop(guarded.api, asked.body.drop_id, ["unproved"]);
  expect(String(drop["error"])).toContain("strict");
  expect(drop.timeline?.at(-1)?.action).toBe("drop.unproved");
  const metrics = await (await fetch(`${guarded.api}/metrics`)).text();
  expect(metrics).toContain('custody_tombstones{state="unproved"} 1');
  await guarded.proxy.said('"custody.drop.failed"');
  expect(await guarded.scene.standing("odd", drop.drop_id)).toEqual(["fenced database", "fenced role"]);
  const purge = await call(guarded.api, "POST", `/v1/drops/${drop.drop_id}/purge`);
  expect(purge.status).toBe(409);
  await call(guarded.api, "POST", `/v1/drops/${drop.drop_id}/undo`);
  await untilDrop(guarded.api, drop.drop_id, ["undone"]);
  expect(await guarded.scene.logIn("odd")).toBe(50);
}, 120_000);

test("a ledger that is down: 503, nothing is done, and everything goes on when it is back", async () => {
  await using server = await makeServer(await testInstallation());
  await server.start();
  const home = join(folder, "down");
  mkdirSync(home);
  const scene = await makeDropScene(cluster, { folder: home, target: off, name: "ledger_unused" });
  const text = await readFile(scene.config, "utf8");
  await writeFile(
    scene.config,
    text.replace(/^ledger:.*$/m, `ledger: { url: ${JSON.stringify(dsnOf(server.settings))} }`),
  );
  await scene.createTenant("down");
  await using proxy = startProxyProcess(scene.config, { home });
  const api = await proxy.api;
  await server.stop("SIGINT");
  const refused = await call(api, "POST", "/v1/drops", dropOf("down", "r1"));
  expect(refused.status).toBe(503);
  expect(refused.body["drop_id"]).toBeUndefined();
  expect((await fetch(`${api}/readyz`)).status).toBe(503);
  expect((await fetch(`${api}/healthz`)).status).toBe(200);
  expect(await scene.standing("down")).toEqual(["database", "role"]);
  await server.start();
  await poll(async () => (await fetch(`${api}/readyz`)).status === 200);
  const again = await call(api, "POST", "/v1/drops", dropOf("down", "r1"));
  expect([again.status, again.body.state]).toEqual([202, "fenced"]);
}, 60_000);
