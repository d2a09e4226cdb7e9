import { beforeEach, expect, test } from "bun:test";
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { sqlParser } from "../../src/postgres/parse-sql.ts";
import { quoteIdentifier } from "../../src/postgres/identifiers.ts";
import { startTestCluster } from "../support/cluster.ts";
import { openBesideHba, sceneOn } from "../support/lockdown-scene.ts";
import { custody, dsnOf } from "../support/run-custody.ts";
import { temporaryFolder } from "../support/run-commands.ts";

const cluster = await startTestCluster(15, { parameters: { wal_level: "replica" } });
const scene = sceneOn(cluster.settings);
beforeEach(() => scene.reset());

/** Names that would be more than names to whoever does not quote them. */
const hostile = [
  `a"; drop database "postgres`,
  `a'; select 1; --`,
  `a\\b$custody$ \\! true`,
  "Group By",
  "ü✓ ${x} :name",
  "a*/ /*b",
  "$1 user=postgres",
];
/** These psql cannot be told, but the server can. */
const untellable = ["a\nDROP TABLE x;", "a\u202eb\u0001"];

async function arrange(tokens: readonly string[]): Promise<void> {
  for (const token of tokens) {
    await scene.role(`usr_${token}`, "createdb createrole replication");
    await scene.admin([
      `create database ${quoteIdentifier(`db_${token}`)} owner ${quoteIdentifier(`usr_${token}`)}`,
      `alter role ${quoteIdentifier(`usr_${token}`)} in database ${quoteIdentifier(`db_${token}`)} set session_replication_role = replica`,
      `grant alter system on parameter ${quoteIdentifier("work_mem")} to ${quoteIdentifier(`usr_${token}`)}`,
      `grant pg_signal_backend to ${quoteIdentifier(`usr_${token}`)}`,
    ]);
    await scene.admin(
      [
        `create schema ${quoteIdentifier(token)} authorization ${quoteIdentifier(`usr_${token}`)}`,
        `create function ${quoteIdentifier(token)}.${quoteIdentifier(token)}(who text, ${quoteIdentifier(token)} int) returns void language plpgsql security definer as $$ begin execute who; end $$`,
        "create extension postgres_fdw schema public",
        `create server ${quoteIdentifier(token)} foreign data wrapper postgres_fdw`,
        `alter server ${quoteIdentifier(token)} owner to ${quoteIdentifier(`usr_${token}`)}`,
      ].filter((each) => !each.startsWith("alter server")),
      `db_${token}`,
    );
    await scene.admin(
      [`grant usage on foreign server ${quoteIdentifier(token)} to ${quoteIdentifier(`usr_${token}`)}`],
      `db_${token}`,
    );
  }
}

const human = (...flags: readonly string[]) =>
  custody(["lockdown", "--db-url", dsnOf(cluster.settings), ...flags]);

test("what is printed can be pasted into psql, whatever things are called, and closes all", async () => {
  await arrange(hostile);
  const printed = await human();
  expect(printed).toMatchObject({ code: 0, stderr: "" });
  using folder = temporaryFolder();
  const file = join(folder.path, "script.sql");
  await writeFile(file, printed.stdout);
  const settings = cluster.settings.hosts[0];
  await promisify(execFile)("psql", [
    "-X",
    "-q",
    "-f",
    file,
    `host=${settings?.host} port=${settings?.port} user=${cluster.settings.user} dbname=postgres`,
  ]);
  expect(openBesideHba(await scene.lockdown("--check"))).toEqual([]);
});

test("every statement is one to PostgreSQL's own grammar, and nothing else stands between", async () => {
  await arrange([...hostile, ...untellable]);
  const parse = await sqlParser();
  const { script } = await scene.lockdown("--protect", "a'b\\c", "--protect", "d\ne");
  const sql = script.filter((line) => !line.startsWith("\\")).join("\n");
  expect(parse(sql)?.length).toBeGreaterThan(100);
  expect(script.filter((line) => /[\n\r\u202e\u0001]/.test(line))).toEqual([]);
});

test("--apply closes what psql cannot be told", async () => {
  await arrange(untellable);
  expect(openBesideHba(await scene.lockdown("--apply", "--protect", "d\ne"))).toEqual([]);
  expect((await scene.lockdown("--apply", "--protect", "d\ne")).applied).toEqual([]);
});

test("--check shows each finding with what closes it; nothing is changed", async () => {
  await arrange(["shop"]);
  const told = await human("--check");
  expect(told.code).toBe(1);
  expect(told.stdout).toContain(
    "OPEN       database-owner: database db_shop: usr_shop owns it, and may drop, rename or lock it",
  );
  expect(told.stdout).toContain(`           → ALTER DATABASE "db_shop" OWNER TO`);
  expect(told.stdout).toMatch(/OPEN findings=\d+\n$/);
  const after = await human("--check");
  expect(after.stdout).toBe(told.stdout);
});

test("who is no superuser may look and print, but not apply; what it cannot see is open", async () => {
  await arrange(["shop"]);
  await scene.role("watcher");
  const as = (flag: string) =>
    custody(["lockdown", "--db-url", dsnOf(cluster.settings, "watcher"), flag, "--output", "json"]);
  const checked = await as("--check");
  expect(checked.code).toBe(1);
  expect(checked.stdout).toContain("pg_hba.conf");
  const applied = await as("--apply");
  expect(applied.code).toBe(3);
  expect(applied.stderr).toContain("only a superuser can close what is open");
});

test("wrong usage", async () => {
  for (const flags of [
    ["--check", "--apply"],
    ["--tenants", "("],
    ["--proxy-address", "10.0.0.5 trust"],
    ["--admin", "nobody_here"],
    ["--proxy-role", "nobody_here"],
  ]) {
    const told = await human(...flags);
    expect({ flags, code: told.code, stdout: told.stdout.trim() }).toEqual({
      flags,
      code: 2,
      stdout: told.stdout.trim(),
    });
    expect(told.stderr).toContain(flags.at(-1) ?? "");
  }
});
