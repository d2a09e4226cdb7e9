import { afterAll, expect, test } from "bun:test";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Backend } from "../../../src/chokepoint/backend.ts";
import { openMongoBackend } from "../../../src/chokepoint/backends/mongo/open.ts";
import { openNatsBackend } from "../../../src/chokepoint/backends/nats/open.ts";
import { openPostgresBackend } from "../../../src/chokepoint/backends/postgres/open-backend.ts";
import { openRedisBackend } from "../../../src/chokepoint/backends/redis/open-backend.ts";
import { readPolicy } from "../../../src/chokepoint/read-policy.ts";
import { recordPermit } from "../../../src/chokepoint/recorded-permits.ts";
import type { Resource } from "../../../src/chokepoint/resource.ts";
import type { TargetPolicy } from "../../../src/chokepoint/target-policy.ts";
import { openTombstoneFiles } from "../../../src/chokepoint/tombstone-files.ts";
import { targetSchema } from "../../../src/config/target-schema.ts";
import { startMongoPeer } from "../../support/mongo-peer.ts";
import { makeShop, shop } from "../../support/mongo-shop.ts";
import { natsPolicy, progress, signal } from "../../support/nats-drop.ts";
import { startNats } from "../../support/nats-server.ts";
import { makeOrders, orders } from "../../support/nats-shop.ts";
import { ask, targetPolicy } from "../../support/postgres-target.ts";
import { makeTenant, startRedis } from "../../support/redis-server.ts";
import { startTcpCluster } from "../../support/tcp-cluster.ts";

const folder = mkdtempSync(join(tmpdir(), "custody-test-processes-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const own = "planted-admins-password";
const tenants = "planted-tenants-password";

interface Seen extends AsyncDisposable {
  /** How many processes of a program were seen. */
  count(program: string): number;
  /** Where a secret stood: the file of /proc, and the program. */
  readonly leaks: ReadonlySet<string>;
}

/** Reads command line and environment of every other process, over and over. */
function watchProcesses(secrets: readonly string[]): Seen {
  const [processes, leaks] = [new Map<string, string>(), new Set<string>()];
  const over = new AbortController();
  const look = async (pid: string): Promise<void> => {
    const [cmdline = "", environ = ""] = await Promise.all(
      ["cmdline", "environ"].map((file) => readFile(`/proc/${pid}/${file}`, "latin1").catch(() => "")),
    );
    // Some servers write one text of their own in the place of their arguments.
    const words = cmdline.split(/[\0 ]/).map((each) => each.replace(/^.*\//, "").replace(/:$/, ""));
    const program = words.find((each) => /^(pg_\w+|postgres|redis-server|nats-server)$/.test(each));
    if (program !== undefined) processes.set(pid, program);
    for (const [file, text] of [
      ["cmdline", cmdline],
      ["environ", environ],
    ])
      for (const secret of secrets)
        if (text?.includes(secret) === true) leaks.add(`${file} of ${program ?? words[0]}`);
  };
  const loop = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const pids = (await readdir("/proc")).filter((each) => /^\d+$/.test(each));
      await Promise.all(pids.filter((each) => Number(each) !== process.pid).map(look));
      await delay(1);
    }
  };
  const done = loop();
  return {
    count: (program) => [...processes.values()].filter((each) => each === program).length,
    leaks,
    async [Symbol.asyncDispose]() {
      over.abort();
      await done;
    },
  };
}

/** Whatever umask custody was started with, others read nothing of it. */
function expectPrivate(place: string): void {
  const below = readdirSync(place, { recursive: true }).map((name) => join(place, String(name)));
  expect(below.length).toBeGreaterThan(1);
  for (const each of [place, ...below]) expect([each, statSync(each).mode & 0o077]).toEqual([each, 0]);
}

/** Fenced, kept, proved, encrypted, destroyed, and back from the encrypted tombstone. */
async function dropAndUndo(backend: Backend, policy: TargetPolicy, resource: Resource): Promise<void> {
  const identity = await generateX25519Identity();
  const sealed = { ...policy, tombstone: { ...policy.tombstone, dir: folder, identities: [identity] } };
  const files = openTombstoneFiles({ env: process.env });
  const permit = (event: string) => recordPermit({ dropId: "d1", event, epoch: 1 });
  const { identity: found } = await backend.inspect(resource, { force: false, signal });
  await using held = await backend.hold("d1", resource, signal);
  const plan = await held.planFence(resource, found);
  await held.fence(permit("drop.started"), plan, { force: false });
  const place = await files.prepare(sealed, "d1");
  const umask = process.umask(0);
  using _umask = { [Symbol.dispose]: () => void process.umask(umask) };
  const { fingerprint } = await held.makeTombstone(plan, place, progress, signal);
  expectPrivate(place);
  expect(await held.proveTombstone(plan, place, progress, signal, fingerprint)).toMatchObject({
    isEqual: true,
  });
  await files.encrypt(place, [await identityToRecipient(identity)]);
  expectPrivate(place);
  await held.destroyResource(permit("drop.purge_started"), plan);
  await using plain = await files.openPlain(sealed, place);
  expectPrivate(plain.folder);
  const from = { kind: "tombstone", folder: plain.folder, fingerprint } as const;
  const back = await held.undo(permit("drop.undo_started"), plan, from, { as: null, progress, signal });
  expect(back.proof?.isEqual).toBe(true);
}

test("PostgreSQL: no program is told a password by its command line or its environment", async () => {
  const { cluster, port } = await startTcpCluster();
  await ask(
    cluster.settings,
    `create role custody_admin superuser login password '${own}'`,
    `create role usr_t1 login password '${tenants}'`,
    "create database db_t1 owner usr_t1",
  );
  await ask({ ...cluster.settings, database: "db_t1" }, "create table t as select generate_series(1, 1000)");
  const url = `postgres://custody_admin:${own}@127.0.0.1:${port}/postgres?sslmode=disable`;
  const policy = targetPolicy(url);
  const backend = openPostgresBackend({ policy, env: process.env, jobs: 1 });
  await using seen = watchProcesses([own, tenants, "AGE-SECRET-KEY"]);
  await dropAndUndo(backend, policy, { type: "postgres", names: { database: "db_t1", role: "usr_t1" } });
  expect([seen.count("pg_dump"), seen.count("pg_restore")].every((each) => each > 0)).toBe(true);
  expect([...seen.leaks]).toEqual([]);
});

test("Redis: the server that proves a tombstone is told no password", async () => {
  await using redis = await startRedis();
  await using client = await redis.connect();
  await client.ask("ACL", "SETUSER", "custody", "on", `>${own}`, "~*", "&*", "+@all");
  await makeTenant(client, "t1", tenants);
  // The proof takes a while: it is to be seen.
  await client.ask("EVAL", "for n = 1, 10000 do redis.call('set', 't1:' .. n, n) end", 0);
  const policy = redis.policy({ url: redis.url("custody", own) });
  const backend = openRedisBackend({ policy, env: process.env });
  await using seen = watchProcesses([own, tenants, "AGE-SECRET-KEY"]);
  await dropAndUndo(backend, policy, { type: "redis", names: { user: "usr_t1", keys: "t1:" } });
  expect(seen.count("redis-server")).toBeGreaterThan(1);
  expect([...seen.leaks]).toEqual([]);
});

test("NATS: the server that proves a tombstone has its token in a file of its own", async () => {
  await using server = await startNats(`authorization { user: custody, password: "${own}" }`);
  await makeOrders(await server.connect({ user: "custody", pass: own }), 3000);
  const policy = natsPolicy(server.url.replace("nats://", `nats://custody:${own}@`));
  const backend = openNatsBackend({ policy, env: process.env });
  await using seen = watchProcesses([own, "AGE-SECRET-KEY", "token"]);
  await dropAndUndo(backend, policy, orders);
  expect(seen.count("nats-server")).toBeGreaterThan(1);
  expect([...seen.leaks]).toEqual([]);
});

test("MongoDB: its tombstone is its owner's alone", async () => {
  await using peer = await startMongoPeer();
  await makeShop(await peer.connect(), 10);
  const section = { name: "documents", kind: "mongo", placement: "shared", url: peer.url } as const;
  const policy = readPolicy(targetSchema.parse(section), { folder: "/", stateDir: "/" });
  await dropAndUndo(openMongoBackend({ policy, env: { PATH: "" } }), policy, shop);
});

test("the watcher sees what stands in a command line, and in an environment", async () => {
  await using seen = watchProcesses([own]);
  await using _one = start(`pg_ ${own}`, {});
  await using _other = start("redis-", { PASSWORD: own });
  const late = performance.now() + 10_000;
  while (seen.leaks.size < 2 && performance.now() < late) await delay(5);
  expect([...new Set([...seen.leaks].map((each) => each.slice(0, 7)))].toSorted()).toEqual([
    "cmdline",
    "environ",
  ]);
});

/** A shell that waits for its input. */
function start(argument: string, env: Record<string, string>): AsyncDisposable {
  const child = Bun.spawn(["sh", "-c", "read line", argument], {
    stdin: "pipe",
    env: { PATH: "/usr/bin:/bin", ...env },
  });
  return {
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}
