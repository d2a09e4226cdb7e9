import { afterAll, beforeAll, expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { InterruptedError } from "../../../src/errors.ts";
import { connect } from "../../../src/postgres/connect.ts";
import { freshDatabase, run, startTestCluster } from "../../support/cluster.ts";
import { leftovers, nothing } from "../../support/leftovers.ts";
import { temporaryFolder } from "../../support/run-commands.ts";
import { poll } from "../../support/server-process.ts";
import { dropName, make, proveAt } from "../../support/tombstones.ts";

/** Whatever ends a tombstone before it is whole, none of its processes, sessions and files stays. */
const cluster = await startTestCluster(15);
const base = temporaryFolder();
afterAll(() => base[Symbol.dispose]());
const source = await freshDatabase(cluster);
const env = { ...process.env, TMPDIR: join(base.path, "tmp") };
let tombstones = 0;

beforeAll(async () => {
  mkdirSync(env.TMPDIR, { mode: 0o755 });
  await run(
    { settings: source.settings },
    "create table noise as select n, sha512(n::text::bytea) as bytes from generate_series(1, 400000) n",
  );
}, 60_000);

function newPlace(): { readonly folder: string; readonly parent: string } {
  const parent = join(base.path, `tombstones-${++tombstones}`);
  return { parent, folder: join(parent, "one") };
}

interface Seen {
  readonly name: string;
  readonly query: string;
}

/** Sessions in the source, as the server tells them. */
async function sessions(): Promise<readonly Seen[]> {
  await using session = await connect(cluster.settings, { applicationName: "test" });
  return await session.sql<Seen[]>`
    select application_name as name, query from pg_stat_activity
     where datname = ${source.name} and backend_type = 'client backend'`;
}

/** When pg_dump sends rows: it writes its COPY otherwise than custody does. */
async function untilDumping(): Promise<readonly Seen[]> {
  let seen: readonly Seen[] = [];
  await poll(async () => (seen = await sessions()).some(({ query }) => query.endsWith("TO stdout;")));
  return seen;
}

test("the sessions and pg_dump bear the name of the drop; an interruption ends them all", async () => {
  const { parent, folder } = newPlace();
  const stop = new AbortController();
  const making = make(source.settings, folder, { env, signal: stop.signal }).catch((error: unknown) => error);
  const seen = await untilDumping();
  expect(new Set(seen.map(({ name }) => name))).toEqual(new Set([dropName]));
  // The keeper of the snapshot, two readers, pg_dump.
  expect(seen.length).toBeGreaterThanOrEqual(4);
  stop.abort();
  expect(await making).toBeInstanceOf(InterruptedError);
  await poll(async () => (await sessions()).length === 0);
  expect(readdirSync(parent)).toEqual([]);
  expect(await leftovers(env.TMPDIR)).toEqual(nothing);
});

test("whoever takes the drop over ends it by that name", async () => {
  const { parent, folder } = newPlace();
  const making = make(source.settings, folder, { env }).catch((error: unknown) => error);
  await untilDumping();
  await using other = await connect(cluster.settings, { applicationName: "test" });
  const ended = await other.sql`
    select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = ${dropName}`;
  expect(ended.length).toBeGreaterThanOrEqual(4);
  expect(await making).toMatchObject({ name: "OpsError" });
  expect(await sessions()).toEqual([]);
  expect(readdirSync(parent)).toEqual([]);
  // And then makes it itself.
  await make(source.settings, folder, { env });
  expect(readdirSync(parent)).toEqual(["one"]);
});

test("killed, it leaves what nobody takes for a tombstone, and the next one sweeps", async () => {
  const { parent, folder } = newPlace();
  const module = join(import.meta.dirname, "../../support/tombstones.ts");
  const code = `const { make } = await import(${JSON.stringify(module)});
    await make(${JSON.stringify(source.settings)}, ${JSON.stringify(folder)});`;
  const child = spawn(process.execPath, ["-e", code], { stdio: "ignore", detached: true, env });
  await untilDumping();
  const ended = once(child, "exit");
  process.kill(child.pid!, "SIGKILL");
  await ended;
  // pg_dump finds nobody who reads it.
  await poll(async () => (await sessions()).length === 0);
  const [left, ...more] = readdirSync(parent);
  expect([left?.startsWith(".one.partial-"), more]).toEqual([true, []]);
  await make(source.settings, folder, { env });
  expect(readdirSync(parent)).toEqual(["one"]);
  expect(await leftovers(env.TMPDIR)).toEqual(nothing);
}, 30_000);

test("a proof that is interrupted leaves no server behind", async () => {
  const { folder } = newPlace();
  await make(source.settings, folder, { env });
  const stop = new AbortController();
  const proving = proveAt(folder, {
    env,
    signal: stop.signal,
    onProgress: () => stop.abort(),
  }).catch((error: unknown) => error);
  expect(await proving).toBeInstanceOf(InterruptedError);
  expect(await leftovers(env.TMPDIR)).toEqual(nothing);
});
