import { afterAll, describe, expect, test } from "bun:test";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDoctorPorts } from "../../src/doctor/adapters/doctor-ports.ts";
import { findLocalServers } from "../../src/doctor/adapters/local-servers.ts";
import { connect } from "../../src/postgres/connect.ts";
import type { ConnectionSettings } from "../../src/postgres/settings.ts";
import { freshDatabase, run } from "../support/cluster.ts";
import { leftovers, nothing } from "../support/leftovers.ts";
import { startTcpCluster, tcpPassword } from "../support/tcp-cluster.ts";

const tcp = await startTcpCluster();
const folder = await mkdtemp(join(tmpdir(), "doctor-"));
await chmod(folder, 0o755);
afterAll(() => rm(folder, { recursive: true }));
const env = { ...process.env, TMPDIR: folder, PGPASSWORD: tcpPassword };
const { signal } = new AbortController();
const ports = openDoctorPorts({ env, pgBin: undefined, signal });

const socketUrl = ({ hosts, user }: ConnectionSettings, database: string): string =>
  `host=${hosts[0]?.host} port=${hosts[0]?.port} user=${user} dbname=${database}`;
const urlOf = (user: string, database: string): string =>
  `postgres://${user}@localhost:${tcp.port}/${database}?sslmode=require`;

describe("examineDatabase", () => {
  test("as superuser", async () => {
    await using database = await freshDatabase(tcp.cluster);
    await run({ settings: database.settings }, "create table t (id serial)");
    expect(await ports.examineDatabase(socketUrl(tcp.cluster.settings, database.name))).toMatchObject({
      major: 15,
      encoding: "UTF8",
      isStandby: false,
      isEncrypted: false,
      isSuperuser: true,
      readsAllData: true,
      canReplicate: true,
      canCreateDatabases: true,
      tables: 1,
      unreadable: [],
      hidden: [],
      preparedTransactions: [],
    });
  });

  test("as a role that may read little, over TLS", async () => {
    await using database = await freshDatabase(tcp.cluster);
    await using owner = await connect(database.settings, { applicationName: "test" });
    await owner.sql.unsafe(`
      create table open (id int);
      create table "Clo.sed" (id serial, note text);
      create table by_column (a int, b int);
      create table hidden_rows (id int);
      create schema inside; create table inside.deep (id int);
      alter table hidden_rows enable row level security;
      grant select on open, hidden_rows, inside.deep to scram_user;
      grant select (a, b) on by_column to scram_user;
      create temp table mine (id int);
      select lo_create(77), lo_create(78); grant select on large object 78 to scram_user`);
    const found = await ports.examineDatabase(urlOf("scram_user", database.name));
    expect(found).toMatchObject({
      address: `postgres://scram_user@localhost:${tcp.port}/${database.name}`,
      role: "scram_user",
      isSuperuser: false,
      readsAllData: false,
      isEncrypted: true,
      tables: 5,
      unreadable: ["inside.deep", 'public."Clo.sed"', 'public."Clo.sed_id_seq"'],
      unreadableObjects: [77],
      hidden: ["public.hidden_rows"],
    });
    await owner.sql.unsafe("grant pg_read_all_data to scram_user; alter role scram_user bypassrls");
    expect(await ports.examineDatabase(urlOf("scram_user", database.name))).toMatchObject({
      readsAllData: true,
      unreadable: [],
      hidden: [],
    });
    await owner.sql.unsafe(
      "revoke pg_read_all_data from scram_user; alter role scram_user nobypassrls; drop owned by scram_user",
    );
  });

  test("a forgotten prepared transaction, and whether it holds the head of a chain", async () => {
    await using database = await freshDatabase(tcp.cluster);
    await using owner = await connect(database.settings, { applicationName: "test" });
    await owner.sql.unsafe(
      "create table audit_chain_head (h text); create table other (id int); insert into audit_chain_head values ('x')",
    );
    await owner.sql.unsafe("begin; insert into other values (1); prepare transaction 'harmless'");
    await owner.sql.unsafe("begin; update audit_chain_head set h = 'y'; prepare transaction 'it''s mine'");
    const { preparedTransactions } = await ports.examineDatabase(
      socketUrl(tcp.cluster.settings, database.name),
    );
    expect(preparedTransactions).toMatchObject([
      { name: "harmless", database: database.name, blocksChain: false },
      { name: "it's mine", database: database.name, blocksChain: true },
    ]);
    expect(preparedTransactions[0]?.ageSeconds).toBeLessThan(60);
    await owner.sql.unsafe("rollback prepared 'harmless'");
    await owner.sql.unsafe("rollback prepared 'it''s mine'");
  });

  test("what cannot be reached is an error", async () => {
    const failure = async (dbUrl: string): Promise<unknown> =>
      await ports.examineDatabase(dbUrl).catch((error: unknown) => error);
    expect(await failure("host=/nonexistent")).toMatchObject({ code: "unreachable" });
    expect(await failure(urlOf("scram_user", "nope"))).toMatchObject({ code: "unreachable" });
    expect(await failure(`${urlOf("scram_user", "postgres")}&password=wrong`)).toMatchObject({
      code: "authentication-failed",
    });
  });
});

test("the machine: programs, and a throwaway server that leaves nothing", async () => {
  const installations = await ports.findInstallations();
  expect(installations.some(({ tools }) => tools.includes("pg_dump"))).toBe(true);
  const trial = await ports.tryScratch({ major: 15 });
  expect(trial).toMatchObject({ folder, version: expect.stringMatching(/^15\./) });
  expect(trial.freeBytes).toBeGreaterThan(0);
  expect(await leftovers(folder)).toEqual(nothing);
});

test("a source that is newer than every tool", async () => {
  expect(await ports.tryScratch({ major: 99 }).catch((error: unknown) => error)).toMatchObject({
    code: "server-too-new",
  });
});

test("servers that answer are found, whoever else listens is not", async () => {
  const { offersTls } = await import("../../src/postgres/probe.ts");
  expect(await offersTls({ host: "127.0.0.1", port: tcp.port }, 1000, signal)).toBe(true);
  expect(await offersTls({ host: "/nonexistent", port: 5432 }, 1000, signal)).toBeUndefined();
  const mute = createServer();
  await new Promise<void>((resolve) => mute.listen(join(folder, ".s.PGSQL.7"), resolve));
  expect(await offersTls({ host: folder, port: 7 }, 50, signal)).toBeUndefined();
  mute.close();
  expect(Array.isArray(await findLocalServers(signal))).toBe(true);
});
