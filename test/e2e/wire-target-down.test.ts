import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "bun:test";
import { run, startTestCluster } from "../support/cluster.ts";
import { dsnOf } from "../support/run-custody.ts";
import { freePort } from "../support/tcp-cluster.ts";
import { psql } from "../support/wire-postgres.ts";
import { startWireScene } from "../support/wire-scene.ts";

const home = mkdtempSync(join(tmpdir(), "wire-down-"));
chmodSync(home, 0o755);
const cluster = await startTestCluster(15);
await run(cluster, "create database ledger template template0");
const scene = await startWireScene({
  home,
  ledger: dsnOf({ ...cluster.settings, database: "ledger" }),
  targets: [
    { name: "away", kind: "postgres", url: `postgres://custodian@127.0.0.1:${await freePort()}/postgres` },
  ],
  listeners: [
    { name: "open", target: "away", protocol: "postgres" },
    { name: "gated", target: "away", protocol: "postgres", gate: { denied_roles: ["dba"] } },
  ],
});
afterAll(async () => {
  await scene[Symbol.asyncDispose]();
  rmSync(home, { recursive: true, force: true });
});

test.each([
  ["open", "custody cannot reach the server"],
  ["gated", "cannot be known now"],
])("a server that is away, listener %s: told so, and libpq goes on to its next host", async (name, said) => {
  const port = String(scene.portOf(name));
  const env = { HOME: home, PGUSER: cluster.settings.user, PGDATABASE: "postgres", PGSSLMODE: "disable" };
  const alone = await psql({ ...env, PGHOST: "127.0.0.1", PGPORT: port }, "select 1;");
  expect([alone.code, alone.stdout]).toEqual([2, ""]);
  expect(alone.stderr).toContain(said);
  const [place] = cluster.settings.hosts;
  const hosts = { PGHOST: `127.0.0.1,${place?.host}`, PGPORT: `${port},${place?.port}` };
  expect(await psql({ ...env, ...hosts }, "select 'by the next';")).toEqual({
    code: 0,
    stdout: "by the next\n",
    stderr: "",
  });
});
