import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "bun:test";
import { run } from "../support/cluster.ts";
import { runProgram } from "../support/run-program.ts";
import { psql, startWirePostgres } from "../support/wire-postgres.ts";

const { env, home, tcp } = await startWirePostgres({
  parameters: { wal_level: "logical", max_wal_senders: "5", max_replication_slots: "5" },
  statements: ["alter role owner replication"],
  listeners: [{ name: "copies", target: "clear", gate: { replication: "allow" } }],
});
const bin = "/usr/lib/postgresql/15/bin";

test("pg_basebackup, with the WAL streamed beside it, makes a cluster that is whole", async () => {
  const copy = join(home, "copy");
  const told = await runProgram([`${bin}/pg_basebackup`, "-D", copy, "-X", "stream", "-c", "fast"], {
    env: env("copies"),
  });
  expect([told.code, told.stderr]).toEqual([0, ""]);
  const verified = await runProgram([`${bin}/pg_verifybackup`, copy]);
  expect([verified.code, verified.stdout]).toEqual([0, "backup successfully verified\n"]);
});

test("pg_receivewal follows to a place in the WAL, by a slot that it makes and drops", async () => {
  const wal = join(home, "wal");
  const { stdout } = await psql(env(null), "select pg_current_wal_insert_lsn();");
  const receive = (...flags: readonly string[]) =>
    runProgram([`${bin}/pg_receivewal`, "--slot=followed", ...flags], { env: env("copies") });
  expect(await receive("--create-slot")).toMatchObject({ code: 0, stderr: "" });
  await run(tcp.cluster, "create table written as select generate_series(1, 1000) n");
  await runProgram(["mkdir", wal]);
  expect(await receive("-D", wal, `--endpos=${stdout.trim()}`, "--no-loop")).toMatchObject({ code: 0 });
  expect(readdirSync(wal).length).toBeGreaterThan(0);
});

test("the slot's end is a destruction, which the policy denies", async () => {
  const told = await runProgram([`${bin}/pg_receivewal`, "--slot=followed", "--drop-slot"], {
    env: env("copies"),
  });
  expect(told.code).toBe(1);
  expect(told.stderr).toContain("custody refuses it");
  const { stdout } = await psql(env(null), "select slot_name from pg_replication_slots;");
  expect(stdout).toBe("followed\n");
});

test("plain SQL over a replication connection is judged as any other", async () => {
  const more = { PGDATABASE: "shop" };
  const dsn = "dbname=shop replication=database";
  const told = await runProgram(["psql", "-XqAt", "-d", dsn, "-c", "drop role custodian"], {
    env: env("copies", more),
  });
  expect(told.stderr).toContain("custody refuses it");
  const system = await runProgram(["psql", "-XqAt", "-d", dsn, "-c", "IDENTIFY_SYSTEM"], {
    env: env("copies", more),
  });
  expect([system.code, system.stdout]).toEqual([
    0,
    expect.stringMatching(/^\d+\|1\|[0-9A-F]+\/[0-9A-F]+\|shop\n$/),
  ]);
});

test("pg_recvlogical decodes what others write, as it is written", async () => {
  const flags = [`${bin}/pg_recvlogical`, "--dbname=shop", "--slot=decoded", "--plugin=test_decoding"];
  const made = await runProgram([...flags, "--create-slot"], { env: env("copies") });
  expect(made).toMatchObject({ code: 0, stderr: "" });
  await using child = Bun.spawn([...flags, "--start", "--file=-", "--no-loop", "--fsync-interval=0"], {
    env: { PATH: process.env["PATH"] ?? "", ...env("copies") },
    timeout: 30_000,
    stdout: "pipe",
    // It complains of the end that it is told to make, without a proxy, too.
    stderr: "ignore",
  });
  await psql(
    env(null),
    "create table decoded (note text);\ninsert into decoded values ('drop table decoded');",
  );
  let text = "";
  for await (const chunk of child.stdout) {
    text += Buffer.from(chunk).toString();
    // It writes a line and its end apart.
    if (/INSERT.*\nCOMMIT/.test(text)) break;
  }
  child.kill("SIGINT");
  expect(text).toContain("table public.decoded: INSERT: note[text]:'drop table decoded'\n");
  expect(await child.exited).toBe(0);
});

test("where it is not allowed, a replication connection is refused before the server is dialled", async () => {
  const copy = join(home, "refused");
  const told = await runProgram([`${bin}/pg_basebackup`, "-D", copy, "-c", "fast"], { env: env("plain") });
  expect(told.code).toBe(1);
  expect(told.stderr).toMatch(/FATAL: {2}.*replication/);
  expect(existsSync(copy)).toBe(false);
  const database = await runProgram(
    ["psql", "-XqAt", "-d", "dbname=shop replication=database", "-c", "select 1"],
    { env: env("plain") },
  );
  expect(database.code).toBe(2);
});
