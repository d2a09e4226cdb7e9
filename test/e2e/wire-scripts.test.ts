import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "bun:test";
import { run } from "../support/cluster.ts";
import { ask } from "../support/postgres-target.ts";
import { runProgram } from "../support/run-program.ts";
import { tcpPassword } from "../support/tcp-cluster.ts";
import { startWirePostgres } from "../support/wire-postgres.ts";

const { env, tcp, scene } = await startWirePostgres({
  statements: [`create role app login password '${tcpPassword}'`],
});
const inside = { ...tcp.cluster.settings, database: "script" };
await run(tcp.cluster, "create database script template template0");
await run(tcp.cluster, "grant create, temporary on database script to app");
await ask(inside, "grant all on schema public to app");
const folder = join(import.meta.dirname, "../fixtures/wire");
const scripts = readdirSync(folder).filter((name) => name.endsWith(".sql"));

/** What psql says to a script of a role that owns nothing: answers, errors and notices as they come, in one text. */
async function transcript(listener: string | null, script: string): Promise<string> {
  const encryption = listener === "tls" ? { PGSSLMODE: "verify-full", PGCHANNELBINDING: "disable" } : {};
  // One pipe for both keeps their order.
  const command = ["sh", "-c", 'exec psql -X -a -f "$0" 2>&1', join(folder, script)];
  const { code, stdout } = await runProgram(command, {
    env: { ...env(listener), PGUSER: "app", PGDATABASE: "script", ...encryption },
  });
  await ask(inside, "drop owned by app", "grant all on schema public to app");
  await run(tcp.cluster, "grant create, temporary on database script to app");
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

test("what the scripts destroyed is recorded", async () => {
  const { stdout } = await scene.run(["drop", "list", "--limit", "500", "--output", "json"]);
  const { drops } = JSON.parse(stdout) as { drops: { resource_type: string; outcome: string }[] };
  const kinds = new Set(drops.map(({ resource_type: kind }) => kind));
  expect([...kinds]).toEqual(
    expect.arrayContaining(["table", "truncate", "column", "type", "unbounded-delete"]),
  );
  const outcomes = new Set(drops.map(({ outcome }) => outcome));
  expect([...outcomes]).toEqual(expect.arrayContaining(["ok", "noop", "rolled_back", "error"]));
});
