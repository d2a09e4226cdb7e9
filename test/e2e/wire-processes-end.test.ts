import { expect, test } from "bun:test";
import { isAlive } from "../support/is-alive.ts";
import { comeToEach, servingOf, until } from "../support/serving-processes.ts";
import { startWirePostgres } from "../support/wire-postgres.ts";

// The program of the checkout: what starts itself again runs from source, too.
const { env, scene } = await startWirePostgres({ processes: 2 });

test("the first is killed: the others end by themselves, and their sessions with them", async () => {
  const pids = [scene.proxy.pid, ...servingOf(scene.proxy.pid)];
  expect(pids).toHaveLength(2);
  for (const pid of pids.slice(1)) process.kill(pid, "SIGTERM");
  await using sessions = await comeToEach(pids, env("plain"));
  scene.proxy.kill("SIGKILL");
  await scene.proxy.ended;
  for (const { psql } of sessions) {
    psql.send("select 'still here';");
    await psql.said(/server closed the connection/);
  }
  await until(() => !pids.some(isAlive), "nobody is left");
}, 60_000);
