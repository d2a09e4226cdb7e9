import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "../../src/postgres/connect.ts";
import { startTestCluster } from "../support/cluster.ts";
import { call, dropOf, makeDropScene, rowsOfTenant, untilDrop } from "../support/drop-scene.ts";
import type { DropScene } from "../support/drop-scene.ts";
import { startProxyProcess } from "../support/proxy-process.ts";
import type { ProxyProcess } from "../support/proxy-process.ts";
import { poll } from "../support/server-process.ts";

const cluster = await startTestCluster(15, { parameters: { max_connections: "100" } });
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "drop-forged-"));
  chmodSync(folder, 0o755);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function guard(
  name: string,
  tombstone: string,
): Promise<{ scene: DropScene; proxy: ProxyProcess; api: string }> {
  const home = join(folder, name);
  mkdirSync(home);
  const scene = await makeDropScene(cluster, {
    folder: home,
    target: [`tombstone: { mode: required, dir: ${join(home, "tombstones")}, ${tombstone} }`],
    name,
  });
  const proxy = startProxyProcess(scene.config, { home });
  return { scene, proxy, api: await proxy.api };
}

test("who may write the rows of the ledger, and not its chain, destroys nothing by it", async () => {
  const { scene, proxy, api } = await guard("forged", "retention: 30d, keep: 60d");
  await using _proxy = proxy;
  await scene.createTenant("acme");
  await scene.createTenant("other");
  const { body } = await call(api, "POST", "/v1/drops", dropOf("acme", "r1"));
  const { drop_id: dropId } = await untilDrop(api, body.drop_id, ["completed"]);
  await using ledger = await connect(scene.ledger, { applicationName: "mallory" });
  const before = await scene.standing("acme", dropId);
  expect(before).toEqual(["fenced database", "fenced role"]);
  const [other] = await ledger.sql<{ oid: string }[]>`
    select oid::text as oid from pg_database where datname = 'db_other'`;
  const forge = async (change: string): Promise<void> => {
    await ledger.sql.unsafe(
      `update custody_drops set ${change}, owner = null, lease_until = null where drop_id = '${dropId}'`,
    );
  };
  const told = async (why: string): Promise<void> => {
    await proxy.said(why);
    expect(await scene.standing("acme", dropId)).toEqual(before);
    expect(await scene.standing("other")).toEqual(["database", "role"]);
  };
  await forge("purge_at = now() - interval '1 minute'");
  await told("is due, and its chain says");
  const metrics = await (await fetch(`${api}/metrics`)).text();
  expect(metrics).toMatch(/^custody_drop_contradicted_total [1-9]\d*$/m);
  expect(proxy.events).toContainEqual(expect.objectContaining({ type: "alarm", what: "chain contradicts" }));
  await forge(
    `state = 'started', plan = jsonb_set(jsonb_set(plan, '{identity,parts,0,id}', '"${other?.oid ?? ""}"'), '{terms,mode}', '"off"')`,
  );
  await told("says started, and its chain ends with drop.completed");
  await forge("state = 'purge_started'");
  await told("says purge_started, and its chain ends with drop.completed");
  // Put right again, it goes on from where the chain says.
  await forge(
    `state = 'completed', purge_at = now() + interval '1 day', plan = jsonb_set(jsonb_set(plan, '{identity,parts,0,id}',
      to_jsonb(identity #>> '{parts,0,id}')), '{terms,mode}', '"required"')`,
  );
  await call(api, "POST", `/v1/drops/${dropId}/undo`, {});
  await untilDrop(api, dropId, ["undone"]);
  expect(await scene.logIn("acme")).toBe(rowsOfTenant);
}, 90_000);

test("what came back from its tombstone leaves its fence for its retention, and no longer", async () => {
  const { scene, proxy, api } = await guard("left", "retention: 8s, keep: 10m");
  await using _proxy = proxy;
  await scene.createTenant("left");
  const { body } = await call(api, "POST", "/v1/drops", dropOf("left", "r1"));
  const { drop_id: dropId } = await untilDrop(api, body.drop_id, ["completed"]);
  await call(api, "POST", `/v1/drops/${dropId}/undo`, { from: "tombstone" });
  await untilDrop(api, dropId, ["undone"]);
  // The role has no copy: it is the same, with its old name.
  expect(await scene.standing("left", dropId)).toEqual(["database", "fenced database", "role"]);
  await poll(async () => (await scene.standing("left", dropId)).length === 2);
  expect(await scene.standing("left", dropId)).toEqual(["database", "role"]);
  expect(await scene.logIn("left")).toBe(rowsOfTenant);
  const { body: after } = await call(api, "GET", `/v1/drops/${dropId}`);
  expect(after.state).toBe("undone");
  expect(after.timeline?.map((each) => each.action).slice(-4)).toEqual([
    "drop.undo_started",
    "drop.undone",
    "drop.purge_started",
    "drop.purged",
  ]);
}, 90_000);
