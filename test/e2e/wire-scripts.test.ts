import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "bun:test";
import { connect } from "../../src/postgres/connect.ts";
import { runProgram as run } from "../support/run-program.ts";
import { startWirePostgres } from "../support/wire-postgres.ts";
import { tcpPassword } from "../support/tcp-cluster.ts";

const { env, tcp } = await startWirePostgres({
  statements: [`create role app login password '${tcpPassword}'`],
});
const folder = join(import.meta.dirname, "../fixtures/wire");
const scripts = readdirSync(folder).filter((name) => name.endsWith(".sql"));

/** What psql says to a script in a database that is new: answers, errors and notices as they come, in one text. */
async function transcript(listener: string | null, script: string): Promise<string> {
  await using admin = await connect(tcp.cluster.settings, { applicationName: "test" });
  await admin.sql.unsafe("drop database if exists script with (force)");
  await admin.sql.unsafe("create database script template template0");
  await admin.sql.unsafe("grant create, temporary on database script to app");
  await using inside = await connect({ ...tcp.cluster.settings, database: "script" }, { applicationName: "test" });
  await inside.sql.unsafe("grant all on schema public to app");
  const more = { PGUSER: "app", PGDATABASE: "script" };
  const encryption = listener === "tls" ? { PGSSLMODE: "verify-full", PGCHANNELBINDING: "disable" } : {};
  const command = 'exec psql -X -a -f "$0" 2>&1';
  const { code, stdout } = await run(["sh", "-c", command, join(folder, script)], {
    env: { ...env(listener), ...more, ...encryption },
  });
  if (code !== 0) throw new Error(`psql ended with ${code}: ${stdout.slice(-1000)}`);
  return stdout;
}

test("there are scripts", () => expect(scripts.length).toBeGreaterThanOrEqual(10));

describe.each(scripts)("%s", (script) => {
  test("runs as without a proxy, byte for byte, in clear and with TLS", async () => {
    const direct = await transcript(null, script);
    expect(direct.length).toBeGreaterThan(500);
    expect(await transcript("plain", script)).toBe(direct);
    expect(await transcript("tls", script)).toBe(direct);
  });
});
