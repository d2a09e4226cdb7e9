import { afterAll, expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chown, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "../../src/postgres/connect.ts";
import { copyOut } from "../../src/postgres/copy-text.ts";
import { serverUser } from "../../src/postgres/server-user.ts";
import type { ConnectionSettings } from "../../src/postgres/settings.ts";
import { startTestCluster } from "../support/cluster.ts";

/** A real PgBouncer, pooling by transaction: what stands before many production servers. */
const cluster = await startTestCluster();
const folder = await mkdtemp(join(tmpdir(), "pooler-"));
const user = await serverUser();
if (user.isOther) await chown(folder, user.uid, user.gid);
const { user: superuser, hosts } = cluster.settings;
await writeFile(
  join(folder, "pgbouncer.ini"),
  [
    "[databases]",
    `* = host=${hosts[0]?.host} port=5432 user=${superuser}`,
    "[pgbouncer]",
    `listen_addr =`,
    `unix_socket_dir = ${folder}`,
    "auth_type = any",
    "pool_mode = transaction",
    "max_client_conn = 20",
  ].join("\n"),
);
const pooler = spawn(
  process.env["PGBOUNCER"] ?? "/usr/sbin/pgbouncer",
  ["-q", join(folder, "pgbouncer.ini")],
  {
    stdio: "inherit",
    ...(user.isOther ? { uid: user.uid, gid: user.gid } : {}),
  },
);
afterAll(async () => {
  const exited = once(pooler, "exit");
  expect(pooler.exitCode).toBeNull();
  pooler.kill("SIGKILL");
  await exited;
  await rm(folder, { recursive: true });
});
while (!(await stat(join(folder, ".s.PGSQL.6432")).catch(() => undefined))) await Bun.sleep(2);

const settings: ConnectionSettings = { ...cluster.settings, hosts: [{ host: folder, port: 6432 }] };

test("a session goes through it: statements with parameters, a transaction, COPY", async () => {
  await using session = await connect(settings, { applicationName: "pooled" });
  for (let time = 0; time < 3; time += 1)
    expect((await session.sql`select ${time}::int as n`)[0]).toEqual({ n: time });
  await session.sql.unsafe("begin");
  let bytes = 0;
  for await (const chunk of copyOut(session, "copy (select generate_series(1, 100000)) to stdout"))
    bytes += chunk.length;
  expect(bytes).toBe(588_895);
  await session.sql.unsafe("commit");
});

test("cancelling goes through it", async () => {
  await using session = await connect(settings, { applicationName: "pooled" });
  for await (const chunk of copyOut(session, "copy (select generate_series(1, 1000000000)) to stdout")) {
    expect(chunk.length).toBeGreaterThan(0);
    break;
  }
  expect((await session.sql`select 1 as n`)[0]).toEqual({ n: 1 });
});

test("settings that it refuses are told, with the way round", async () => {
  const failure: unknown = await connect(settings, {
    applicationName: "pooled",
    parameters: { statement_timeout: "1000" },
  }).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: "unreachable", hint: expect.stringContaining("the server itself") });
});
