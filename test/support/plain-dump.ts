import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { ConnectionSettings } from "../../src/postgres/settings.ts";
import { testTools } from "./cluster.ts";

type Database = Pick<ConnectionSettings, "hosts" | "user" | "database">;

/** Runs SQL files by psql, in order, stopping at the first error. */
export async function runFiles(database: Database, ...files: readonly string[]): Promise<void> {
  await psql(
    database,
    files.flatMap((file) => ["-f", file]),
  );
}

export async function runScript(database: Database, script: string): Promise<void> {
  await psql(database, ["-f", "-"], script);
}

/** The oldest way there is: `pg_dump -Fp source | psql target`. */
export async function copyByPlainDump(source: Database, target: Database): Promise<void> {
  const { binDir } = await testTools();
  const dump = spawnSync(join(binDir, "pg_dump"), ["-Fp", ...flags(source)], {
    maxBuffer: 1e9,
    encoding: "utf8",
  });
  if (dump.status !== 0) throw new Error(`pg_dump: ${dump.stderr}`);
  await runScript(target, dump.stdout);
}

async function psql(database: Database, args: readonly string[], stdin = ""): Promise<void> {
  const { binDir } = await testTools();
  const all = ["-X", "-q", "-v", "ON_ERROR_STOP=1", ...flags(database), ...args];
  const run = spawnSync(join(binDir, "psql"), all, { input: stdin, maxBuffer: 1e9, encoding: "utf8" });
  if (run.status !== 0) throw new Error(`psql: ${run.stderr}`);
}

function flags(database: Database): string[] {
  const { host, port } = database.hosts[0]!;
  return ["-h", host, "-p", String(port), "-U", database.user, "-d", database.database];
}
