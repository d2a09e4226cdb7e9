import { expect, test } from "bun:test";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildProgram } from "../support/build-program.ts";
import { openPsql } from "../support/psql-session.ts";
import { startWirePostgres } from "../support/wire-postgres.ts";

const program = buildProgram(mkdtempSync(join(tmpdir(), "wire-processes-")));
const { env, scene } = await startWirePostgres({ program, processes: 3 });

test("first", async () => {
  await using client = openPsql(env("plain"));
  client.send("select 'in';");
  await client.said(/^in\n/m);
  console.log(scene.proxy.events, scene.proxy.stderr());
  scene.proxy.kill("SIGTERM");
  expect(await scene.proxy.ended).toBe(130);
  console.log(scene.proxy.events, scene.proxy.stderr());
});
