import { afterAll, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildProgram } from "../support/build-program.ts";
import { isAlive } from "../support/is-alive.ts";
import { openPsql } from "../support/psql-session.ts";
import { runProgram } from "../support/run-program.ts";
import { comeToEach, servingOf, until } from "../support/serving-processes.ts";
import { untilListed, wireDrop } from "../support/wire-drops.ts";
import { psql, startWirePostgres } from "../support/wire-postgres.ts";

const folder = mkdtempSync(join(tmpdir(), "wire-processes-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const program = buildProgram(folder);
const { env, scene } = await startWirePostgres({
  program,
  processes: 3,
  listeners: [
    { name: "auditing", target: "clear", policy: [{ kinds: ["table"], action: "audit" }] },
    { name: "passing", target: "clear", policy: [{ kinds: ["table"], action: "pass" }] },
    { name: "holding", target: "clear", policy: [{ kinds: ["table"], action: "hold" }] },
    { name: "changing", target: "clear", policy: [{ kinds: ["table"], action: "pass" }] },
    { name: "gated", target: "clear", gate: { denied_roles: ["owner"] } },
    { name: "narrow", target: "clear", limits: { connections: 4 } },
  ],
});
const all = (): readonly number[] => [scene.proxy.pid, ...servingOf(scene.proxy.pid)];

async function metric(line: string): Promise<number> {
  const text = await (await fetch(`${await scene.proxy.api}/metrics`)).text();
  const found = text.split("\n").find((each) => each.startsWith(`${line} `));
  return Number(found?.split(" ").at(-1));
}

async function untilMetric(line: string, value: number): Promise<void> {
  await until(async () => (await metric(line)) === value, `${line} ${value}`);
}

test("the processes share the ports, and count as one", async () => {
  expect(all()).toHaveLength(3);
  {
    await using sessions = await comeToEach(all(), env("auditing"));
    await untilMetric('custody_sessions{listener="auditing"}', sessions.length);
    for (const [at, session] of sessions.entries()) {
      session.psql.send(`create table audited_${at} (); drop table audited_${at}; select 'dropped';`);
      await session.psql.said(/^dropped\n/m);
    }
    await untilMetric(
      'custody_recognised_total{protocol="postgres",kind="table",action="audit"}',
      sessions.length,
    );
    await untilMetric(
      'custody_drop_total{resource_type="table",backend="shared",outcome="ok"}',
      sessions.length,
    );
  }
  await untilMetric('custody_sessions{listener="auditing"}', 0);
  {
    await using sessions = await comeToEach(all(), env("passing"));
    for (const [at, session] of sessions.entries()) {
      session.psql.send(`create table passed_${at} (); drop table passed_${at}; select 'dropped';`);
      await session.psql.said(/^dropped\n/m);
    }
    await untilMetric(
      'custody_recognised_total{protocol="postgres",kind="table",action="pass"}',
      sessions.length,
    );
  }
  for (let count = 1; count <= 8; count += 1) {
    const { code, stderr } = await psql(env("gated"), "select 1;");
    expect(code).toBe(2);
    expect(stderr).toContain("owner");
    await untilMetric('custody_connections_refused_total{listener="gated",reason="role"}', count);
  }
}, 120_000);

test("a listener takes so many sessions of all processes together", async () => {
  await using stack = new AsyncDisposableStack();
  for (let count = 1; count <= 4; count += 1) {
    const client = stack.use(openPsql(env("narrow")));
    client.send("select 'in';");
    await client.said(/^in\n/m);
    await untilMetric('custody_sessions{listener="narrow"}', count);
  }
  for (let count = 1; count <= 8; count += 1) {
    expect((await psql(env("narrow"), "select 1;")).stderr).toContain("too many connections");
    await untilMetric('custody_connections_refused_total{listener="narrow",reason="limit"}', count);
  }
}, 60_000);

test("what is held goes on by a person's word, whichever process holds it", async () => {
  await using sessions = await comeToEach(all(), env("holding"));
  for (const [at, session] of sessions.entries()) {
    session.psql.send(`create table held_${at} (); drop table held_${at}; select 'went on';`);
    const { drop_id: id } = await untilListed(scene, `held_${at}`, ["held"]);
    await session.psql.said(new RegExp(id));
    expect(await scene.run(["drop", "approve", id], "ben")).toMatchObject({ code: 0 });
    await session.psql.said(/^went on\n/m);
    await until(async () => (await wireDrop(scene, id)).outcome === "ok", `drop ${id} is ok`);
  }
}, 120_000);

test("Ctrl-C cancels what is held and what runs, whichever process the request comes to", async () => {
  // Of session and request each comes to any process: that they always meet by chance is no more likely than 1 in 6 561.
  for (let round = 0; round < 8; round += 1) {
    await using holder = openPsql(env("holding"));
    holder.send(`create table cancelled_${round} (); drop table cancelled_${round};`);
    const { drop_id: id } = await untilListed(scene, `cancelled_${round}`, ["held"]);
    holder.interrupt();
    await holder.said(/canceling statement due to user request/);
    await until(async () => (await wireDrop(scene, id)).state === "cancelled", `drop ${id} is cancelled`);
    await using sleeper = openPsql(env("holding"));
    sleeper.send("select pg_sleep(60);");
    await until(async () => (await sleepers()) === 1, "it sleeps");
    sleeper.interrupt();
    await sleeper.said(/canceling statement due to user request/);
  }
}, 120_000);

async function sleepers(): Promise<number> {
  const { stdout } = await psql(
    env(null),
    "select count(*) from pg_stat_activity where query = 'select pg_sleep(60);' and state = 'active';",
  );
  return Number(stdout);
}

test("SIGHUP reaches all processes", async () => {
  await using sessions = await comeToEach(all(), env("changing"));
  const file = JSON.parse(readFileSync(scene.config, "utf8")) as { listeners: Record<string, unknown>[] };
  const changing = file.listeners.find(({ name }) => name === "changing")!;
  changing["policy"] = [{ kinds: ["table"], action: "deny", reason: "ask ann" }];
  changing["gate"] = { denied_roles: ["custodian"] };
  writeFileSync(scene.config, JSON.stringify(file));
  scene.proxy.kill("SIGHUP");
  await until(() => scene.proxy.events.some(({ type }) => type === "reloaded"), "it is reloaded");
  for (const { psql: client } of sessions) {
    client.send("create temp table t (); drop table t;");
    await client.said(/ask ann/);
  }
  for (let count = 0; count < 8; count += 1)
    expect((await psql(env("changing", { PGUSER: "custodian" }), "select 1;")).code).toBe(2);
}, 60_000);

test("a process that is killed takes its sessions with it, and no others; another comes in its place, and nothing is lost", async () => {
  await using sessions = await comeToEach(all(), env("auditing"));
  const [victim] = servingOf(scene.proxy.pid);
  const lost = sessions.filter(({ pid }) => pid === victim);
  const others = sessions.filter(({ pid }) => pid !== victim);
  const held = await comeToEach([victim!, ...all()], env("holding"));
  const waiting = held.find(({ pid }) => pid === victim)!;
  waiting.psql.send("create table orphaned (); drop table orphaned;");
  const { drop_id: heldId } = await untilListed(scene, "orphaned", ["held"]);
  lost[0]!.psql.send("create table cut_off (); begin; drop table cut_off; select 'in the middle';");
  await lost[0]!.psql.said(/^in the middle\n/m);
  const { drop_id: startedId } = await untilListed(scene, "cut_off", ["started"]);
  const audited = await metric('custody_recognised_total{protocol="postgres",kind="table",action="audit"}');

  process.kill(victim!, "SIGKILL");
  for (const { psql: client } of lost) {
    client.send("select 'gone';");
    await client.said(/server closed the connection/);
  }
  for (const { psql: client } of others) {
    client.send("select 'still here';");
    await client.said(/^still here\n/m);
  }
  await until(
    () => scene.proxy.events.some(({ type, what }) => type === "alarm" && what === "a process ended"),
    "an alarm",
  );
  await until(
    async () => (await wireDrop(scene, heldId)).state === "cancelled",
    "what was held is cancelled",
  );
  await until(
    async () => (await wireDrop(scene, startedId)).outcome === "rolled_back",
    "what was begun is rolled back",
  );
  await until(() => all().length === 3, "another process");
  expect(all()).not.toContain(victim!);
  await using again = await comeToEach(all(), env("auditing"));
  await untilMetric('custody_sessions{listener="auditing"}', others.length + again.length);
  expect(await metric('custody_recognised_total{protocol="postgres",kind="table",action="audit"}')).toBe(
    audited,
  );
  // What was in force before it began holds for it.
  await using changing = await comeToEach(all(), env("changing"));
  for (const { psql: client } of changing) {
    client.send("create temp table t (); drop table t;");
    await client.said(/ask ann/);
  }
  await held[Symbol.asyncDispose]();
}, 120_000);

test("a port that is shared is not shared with another custody", async () => {
  const file = JSON.parse(readFileSync(scene.config, "utf8")) as { listeners: Record<string, unknown>[] };
  const second = join(folder, "second.yaml");
  const port = scene.portOf("auditing");
  const listeners = file.listeners
    .filter(({ name }) => name === "auditing")
    .map((each) => ({ ...each, listen: `127.0.0.1:${port}` }));
  writeFileSync(second, JSON.stringify({ ...file, state_dir: join(folder, "state"), listeners }));
  const told = await runProgram([program, "proxy", "--config", second, "--processes", "2"], {
    env: { HOME: folder, PATH: process.env["PATH"] ?? "" },
  });
  expect(told.stderr).toContain(`cannot listen on 127.0.0.1:${port}`);
  expect(told.code).toBe(2);
}, 60_000);

test("at SIGTERM all of them drain; none is left", async () => {
  await using sessions = await comeToEach(all(), env("auditing"));
  const pids = all();
  await psql(env(null), "create table dropped_last ();");
  const busy = sessions.find(({ pid }) => pid !== scene.proxy.pid);
  busy!.psql.send("begin; drop table dropped_last; select 'in the middle';");
  await busy!.psql.said(/^in the middle\n/m);
  const idle = sessions.filter((each) => each !== busy);
  scene.proxy.kill("SIGTERM");
  for (const { psql: client } of idle)
    await until(async () => {
      client.send("select 'still in';");
      return (await client.said(/still in\n|terminating connection|server closed/))[0] !== "still in\n";
    }, "an idle session ends");
  busy!.psql.send("commit;\n\\echo committed");
  await busy!.psql.said(/^committed\n/m);
  expect(await scene.proxy.ended).toBe(130);
  expect(pids.filter(isAlive)).toEqual([]);
  const { stdout } = await psql(
    env(null, { PGDATABASE: "ledger", PGUSER: "custodian" }),
    "select string_agg(action, ' ' order by seq) from audit_events where details ->> 'drop_id' = (select details ->> 'drop_id' from audit_events where details::text like '%dropped_last%' limit 1);",
  );
  expect(stdout).toBe("drop.requested drop.started drop.completed\n");
}, 60_000);

test("who starts such a process by hand is told what to do", async () => {
  expect(await runProgram([program, "serve-listeners"], { env: {} })).toMatchObject({
    code: 2,
    stdout: "",
    stderr:
      "custody: error: serve-listeners is what custody starts by itself, and speaks to nobody else\n" +
      "custody: hint: run custody proxy --processes N\n",
  });
});
