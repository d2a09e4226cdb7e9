import { expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startTestApi } from "../support/api-server.ts";
import { startTestCluster } from "../support/cluster.ts";
import { call, makeDropScene } from "../support/drop-scene.ts";
import { ask } from "../support/postgres-target.ts";
import { startProxyProcess } from "../support/proxy-process.ts";
import { temporaryFolder } from "../support/run-commands.ts";
import { documentOf, lastLine } from "../support/run-custody.ts";
import { runDrop } from "../support/run-drop.ts";
import { poll } from "../support/server-process.ts";

const cluster = await startTestCluster(15);

test("what was dropped behind the back of a running proxy is found over HTTP, once, and counted", async () => {
  using folder = temporaryFolder();
  const scene = await makeDropScene(cluster, {
    folder: folder.path,
    sections: ["reconcile: { every: 1h }"],
  });
  await scene.createTenant("shop");
  await using proxy = startProxyProcess(scene.config, { home: folder.path });
  const api = await proxy.api;
  const reconcile = (...flags: readonly string[]) =>
    runDrop(["reconcile", "--api", api, ...flags], null, { as: null });
  // The proxy's own first round may be under way.
  await poll(async () => (await reconcile()).code === 0);
  const counted = async (): Promise<string | undefined> =>
    /^custody_drop_unattributed_total (\d+)$/m.exec(await (await fetch(`${api}/metrics`)).text())?.[1];
  expect(await counted()).toBe("0");

  await ask(cluster.settings, "drop database db_shop");
  const found = await reconcile("--output", "json");
  expect(found.code).toBe(1);
  expect(documentOf(found)).toMatchObject({
    verdict: "unreconciled",
    targets: [{ name: "customers", first: false }],
    findings: [
      { class: "loss-unattributed", part: "database", name: "db_shop", canary: false, drop_id: null },
    ],
  });
  // A page of metrics is kept for a second.
  await poll(async () => (await counted()) === "1");
  expect(proxy.events).toContainEqual(expect.objectContaining({ type: "alarm", what: "unattributed drop" }));
  expect((await reconcile()).code).toBe(0);

  const flown = await reconcile("--canary", "--target", "customers");
  expect(flown).toMatchObject({ code: 0, stderr: "" });
  expect(flown.stdout).toContain("was missed: the alarm works");
  expect(lastLine(flown.stdout)).toBe("RECONCILED targets=1");
  expect(await ask(cluster.settings, "select from pg_database where datname ~ '^custody_canary_'")).toEqual(
    [],
  );

  const metrics = async (): Promise<string> => await (await fetch(`${api}/metrics`)).text();
  await poll(async () =>
    (await metrics()).includes('custody_canary_total{target="customers",outcome="heard"} 1\n'),
  );
  expect(await metrics()).toMatch(
    /^custody_reconcile_last_success_timestamp_seconds\{target="customers"\} \d+\.?\d*$/m,
  );
  expect(await counted()).toBe("1");

  const kept = await reconcile("--findings", "--target", "customers", "--output", "json");
  expect(documentOf(kept)).toMatchObject({
    verdict: "listed",
    findings: [{ class: "loss-unattributed", name: "db_shop", reason: null, drop_id: null }],
  });

  const many = await Promise.all(Array.from({ length: 8 }, () => call(api, "POST", "/v1/reconcile", {})));
  expect(new Set(many.map(({ status }) => status))).toEqual(new Set([200]));
  const classes = many.flatMap(({ body }) =>
    (body["targets"] as { facts: { class: string }[] }[]).flatMap(({ facts }) =>
      facts.map((each) => each.class),
    ),
  );
  expect(classes).toContain("round-finished");
  expect(classes).toContain("round-elsewhere");
  const events = await ask(
    scene.ledger,
    "select details ->> 'canary' as canary from audit_events where action = 'drop.unattributed' order by seq",
  );
  expect(events.map(({ canary }) => canary)).toEqual(["false", "true"]);
}, 60_000);

test("the same lines and the same document as by itself; what nobody looked at is not reconciled", async () => {
  await using api = await startTestApi();
  const round = {
    type: "round-finished",
    systemIdentifier: "7",
    isFirst: false,
    seen: 3,
    blind: ["schemas are not looked at"],
  } as const;
  api.chokepoint.world.found = [{ ...round, target: "customers" }];
  const told = await runDrop(["reconcile", "--target", "customers"], api);
  expect(told).toMatchObject({ code: 0, stderr: "" });
  expect(told.stdout).toContain("looked at    customers: 3 resources\nnot seen     customers: schemas are");
  expect(lastLine(told.stdout)).toBe("RECONCILED targets=1");

  api.chokepoint.world.findings = [2, 1].map((seq) => ({
    seq,
    at: new Date(Date.UTC(2026, 10, seq)),
    action: seq === 1 ? "drop.unattributed" : "drop.orphaned",
    target: "customers",
    part: "role",
    id: "7",
    name: "usr_1",
    systemIdentifier: "1",
    dropId: seq === 1 ? null : "d-2",
    reason: seq === 1 ? null : "left-over",
    lastSeen: seq === 1 ? "2026-10-31T00:00:00.000Z" : null,
    witness: seq === 1 ? { wal: "0/1" } : null,
  }));
  const before = await runDrop(
    ["reconcile", "--findings", "--target", "customers", "--target", "others"],
    api,
  );
  expect(before.code).toBe(0);
  expect(before.stdout.split("\n").slice(-5, -1)).toEqual([
    "TOLD                 FINDING             TARGET     TYPE  NAME   ID  DROP  SEEN LAST",
    "2026-11-02 00:00:00  ORPHANED left-over  customers  role  usr_1  7   d-2   -",
    "2026-11-01 00:00:00  UNATTRIBUTED        customers  role  usr_1  7   -     2026-10-31 00:00:00",
    '  the server remembers: {"wal":"0/1"}',
  ]);

  api.chokepoint.world.found = [{ type: "round-elsewhere", target: "customers" }];
  const busy = await runDrop(["reconcile", "--target", "customers", "--output", "json"], api);
  expect(busy.code).toBe(3);
  expect(documentOf(busy)).toMatchObject({
    verdict: "unseen",
    unseen: [{ name: "customers", error: "another round of it is under way: ask again" }],
    findings: [],
  });

  const wrong = await runDrop(["reconcile", "--target", "nothing"], api);
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining("name one of customers, others")]);
  const refused = await runDrop(["reconcile", "--canary", "--output", "json"], api, { as: "provisioner" });
  expect(refused.code).toBe(3);
  expect(documentOf(refused)).toMatchObject({ verdict: "not-run", error: { code: "permission-denied" } });
});

test("who looks is said, not guessed", async () => {
  await using api = await startTestApi();
  using folder = temporaryFolder();
  const config = join(folder.path, "custody", "custody.yaml");
  await Bun.write(config, "state_dir: /nonexistent\n");
  const env = { XDG_CONFIG_HOME: folder.path };
  const unsaid = await runDrop(["reconcile"], null, { env });
  expect(unsaid.code).toBe(2);
  expect(unsaid.stderr.trim().split("\n")).toEqual([
    expect.stringContaining("nothing says who is to look"),
    expect.stringContaining("--api URL or CUSTODY_API"),
  ]);
  expect((await runDrop(["reconcile"], api, { env })).code).toBe(0);
  const both = await runDrop(["reconcile", "--config", config, "--api", api.server.address], null);
  expect([both.code, both.stderr]).toEqual([
    2,
    expect.stringContaining("--config looks by itself, and --api"),
  ]);
  // Nothing is there, and nothing else is named: the address that its siblings ask.
  await writeFile(config, "");
  const nobody = await runDrop(["reconcile", "--api", "http://127.0.0.1:1"], null);
  expect([nobody.code, nobody.stderr]).toEqual([3, expect.stringContaining("127.0.0.1:1")]);
});
