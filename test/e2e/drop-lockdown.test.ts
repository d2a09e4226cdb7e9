import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestFingerprint } from "../../src/backup/tombstone/digest-fingerprint.ts";
import { connect } from "../../src/postgres/connect.ts";
import { startTestCluster } from "../support/cluster.ts";
import { call, dropOf, makeDropScene, rowsOfTenant, untilDrop } from "../support/drop-scene.ts";
import type { DropScene } from "../support/drop-scene.ts";
import { openBesideHba, sceneOn } from "../support/lockdown-scene.ts";
import { startProxyProcess } from "../support/proxy-process.ts";
import { dsnOf } from "../support/run-custody.ts";
import { readFingerprint } from "../support/rich-database.ts";

const cluster = await startTestCluster(15);
const server = sceneOn(cluster.settings);
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "drop-lockdown-"));
  chmodSync(folder, 0o755);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function fingerprintOf(tenant: string): Promise<string> {
  await using session = await connect(
    { ...cluster.settings, database: `db_${tenant}` },
    { applicationName: "test" },
  );
  return digestFingerprint(await readFingerprint(session));
}

/** What only the guard refuses. */
async function expectGuarded(scene: DropScene, tenant: string): Promise<void> {
  expect(await scene.logIn(tenant)).toBe(rowsOfTenant);
  const refused = await server
    .as(`usr_${tenant}`, `db_${tenant}`, [`drop owned by usr_${tenant}`])
    .catch((error: unknown) => error);
  expect(String(refused)).toContain("custody: DROP OWNED is refused here");
}

describe.each([
  { from: "fence", target: "tombstone: { mode: required, retention: 1h }", end: "completed" },
  { from: "tombstone", target: "tombstone: { mode: required, retention: 0s, keep: 1h }", end: "purged" },
])("a database behind lockdown", ({ from, target, end }) => {
  test(`is dropped with a proved tombstone, and comes back from its ${from} with its guard`, async () => {
    const home = join(folder, from);
    mkdirSync(home);
    const tenant = `shop_${from}`;
    const scene = await makeDropScene(cluster, { folder: home, target: [target], name: `ledger_${from}` });
    await scene.createTenant(tenant);
    expect(openBesideHba(await server.lockdown("--apply", "--tenants", "^(db|usr)_"))).toEqual([]);
    await expectGuarded(scene, tenant);
    const before = await fingerprintOf(tenant);
    await using proxy = startProxyProcess(scene.config, { home });
    const api = await proxy.api;
    const asked = await call(api, "POST", "/v1/drops", dropOf(tenant, tenant));
    expect([asked.status, asked.body.state]).toEqual([202, "fenced"]);
    const ended = await untilDrop(api, asked.body.drop_id, [end, "unproved", "failed"]);
    expect([ended.state, ended["error"]]).toEqual([end, null]);
    await call(api, "POST", `/v1/drops/${ended.drop_id}/undo`, { from });
    const undone = await untilDrop(api, ended.drop_id, ["undone", "undo_failed"]);
    expect([undone.state, undone["error"]]).toEqual(["undone", null]);
    expect(await fingerprintOf(tenant)).toBe(before);
    await expectGuarded(scene, tenant);
    expect(openBesideHba(await server.lockdown("--check", "--tenants", "^(db|usr)_"))).toEqual([]);
  }, 120_000);
});

test("where custody's role is no superuser, the guard alone stays behind, and lockdown puts it back", async () => {
  const home = join(folder, "custodian");
  mkdirSync(home);
  const tenant = "shop_custodian";
  const scene = await makeDropScene(cluster, {
    folder: home,
    target: ["tombstone: { mode: required, retention: 0s, keep: 1h }"],
    name: "ledger_custodian",
  });
  await scene.createTenant(tenant);
  await server.admin([
    "create role custodian login createdb createrole",
    "grant pg_read_all_data, pg_signal_backend to custodian",
    `grant usr_${tenant} to custodian`,
    // PUBLIC lost it by the lockdowns before.
    "grant connect on database postgres to custodian",
  ]);
  const flags = ["--tenants", "^(db|usr)_", "--proxy-role", "custodian"];
  expect(openBesideHba(await server.lockdown("--apply", ...flags))).toEqual([]);
  const before = await fingerprintOf(tenant);
  const text = readFileSync(scene.config, "utf8");
  writeFileSync(
    scene.config,
    text.replace(/^ {4}url: .*$/m, `    url: ${JSON.stringify(dsnOf(cluster.settings, "custodian"))}`),
  );
  await using proxy = startProxyProcess(scene.config, { home });
  const api = await proxy.api;
  const asked = await call(api, "POST", "/v1/drops", dropOf(tenant, tenant));
  const ended = await untilDrop(api, asked.body.drop_id, ["purged", "unproved", "failed"]);
  expect([ended.state, ended["error"]]).toEqual(["purged", null]);
  await call(api, "POST", `/v1/drops/${ended.drop_id}/undo`);
  const undone = await untilDrop(api, ended.drop_id, ["undone", "undo_failed"]);
  expect([undone.state, undone["error"]]).toEqual(["undone", null]);
  const shown = await call(api, "GET", `/v1/drops/${ended.drop_id}`);
  expect(JSON.stringify(shown.body.timeline?.at(-1))).toContain("let one run custody lockdown --apply again");
  expect(await scene.logIn(tenant)).toBe(rowsOfTenant);
  const open = openBesideHba(await server.lockdown("--check", ...flags));
  expect(open.filter((each) => !each.startsWith("guard: "))).toEqual([]);
  expect(open).not.toEqual([]);
  expect(openBesideHba(await server.lockdown("--apply", ...flags))).toEqual([]);
  await expectGuarded(scene, tenant);
  expect(await fingerprintOf(tenant)).toBe(before);
}, 120_000);
