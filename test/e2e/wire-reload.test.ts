import { expect, test } from "bun:test";
import { setTimeout as delay } from "node:timers/promises";
import { readFileSync, writeFileSync } from "node:fs";
import { openPsql } from "../support/psql-session.ts";
import { psql, startWirePostgres } from "../support/wire-postgres.ts";
import { makeWireCertificates } from "../support/wire-certificates.ts";

const { env, scene } = await startWirePostgres({
  listeners: [{ name: "changing", target: "clear", policy: [{ kinds: ["table"], action: "pass" }] }],
});

interface File {
  listeners: Record<string, unknown>[];
  metrics?: unknown;
  http: { listen: string; tokens: { name: string }[] };
}

/** Writes the configuration anew, and waits for what is told of it. */
async function reload(change: (file: File) => void): Promise<Readonly<Record<string, unknown>>> {
  const file = JSON.parse(readFileSync(scene.config, "utf8")) as File;
  change(file);
  writeFileSync(scene.config, JSON.stringify(file));
  const told = (): readonly Readonly<Record<string, unknown>>[] =>
    scene.proxy.events.filter(({ type }) => type === "reloaded" || type === "alarm");
  const before = told().length;
  scene.proxy.kill("SIGHUP");
  const deadline = performance.now() + 30_000;
  for (;;) {
    const now = told()[before];
    if (now !== undefined) return now;
    if (performance.now() > deadline) throw new Error("nothing was told of the reload");
    await delay(20);
  }
}

const changing = (file: File): Record<string, unknown> =>
  file.listeners.find(({ name }) => name === "changing")!;
const names = ["plain", "tls", "changing"];

test("at SIGHUP policy, gate and certificates are taken up, sessions that are in stay, and what is wrong changes nothing", async () => {
  await using client = openPsql(env("changing"));
  client.send("create table t1 (); create table t2 (); drop table t1; select 'passed';");
  await client.said(/^passed\n/m);

  expect(
    await reload((file) => {
      changing(file)["policy"] = [{ kinds: ["table"], action: "deny", reason: "ask ann" }];
    }),
  ).toEqual({ type: "reloaded", listeners: names, needs_restart: [] });
  client.send("drop table t2;");
  await client.said(/ask ann/);

  const alarm = await reload((file) => {
    changing(file)["policy"] = [{ kinds: ["table"], action: "pass" }];
    changing(file)["tls"] = { cert: "junk", key: "junk" };
  });
  expect(alarm).toMatchObject({ type: "alarm", what: "configuration not reloaded" });
  expect(String(alarm["message"])).toContain("changing");
  client.send("drop table t2;");
  await client.said(/ask ann/);

  const { ca, second } = makeWireCertificates();
  const caFile = `${scene.config}.ca`;
  writeFileSync(caFile, ca);
  expect(
    await reload((file) => {
      changing(file)["tls"] = { ...second };
      changing(file)["gate"] = { denied_roles: ["custodian"] };
      file.listeners[1]!["listen"] = "127.0.0.1:1";
      file.metrics = { prefix: "other" };
      file.listeners.push({ ...file.listeners[0], name: "new" });
    }),
  ).toEqual({
    type: "reloaded",
    listeners: ["plain", "changing"],
    needs_restart: ["metrics", "listener tls: listen", "listener new, which is new"],
  });
  const trusting = { PGSSLMODE: "verify-full", PGSSLROOTCERT: caFile, PGCHANNELBINDING: "disable" };
  expect(await psql(env("changing", trusting), "select 'encrypted';")).toMatchObject({
    code: 0,
    stdout: "encrypted\n",
  });
  const denied = await psql(env("changing", { PGUSER: "custodian" }), "select 1;");
  expect(denied.stderr).toContain("custodian");
  expect(denied.code).toBe(2);
  client.send("select 'still in';");
  await client.said(/still in\n/);
}, 60_000);

test("at SIGHUP a token that is gone opens nothing any more, and one that is new does", async () => {
  const list = async (as: "ann" | "ben"): Promise<number> => (await scene.run(["drop", "list"], as)).code;
  const given = (JSON.parse(readFileSync(scene.config, "utf8")) as File).http.tokens;
  expect([await list("ann"), await list("ben")]).toEqual([0, 0]);
  const { needs_restart: left } = await reload(({ http }) => {
    http.tokens = given.filter(({ name }) => name === "ann");
  });
  expect(left).not.toContain("http");
  expect([await list("ann"), await list("ben")]).toEqual([0, 3]);
  // All of the section, or nothing of it: tokens may be there for the address that it names.
  const { needs_restart: all } = await reload(({ http }) => {
    http.tokens = given;
    http.listen = "127.0.0.1:2";
  });
  expect(all).toContain("http");
  expect(await list("ben")).toBe(3);
  await reload(({ http }) => (http.listen = "127.0.0.1:0"));
  expect([await list("ann"), await list("ben")]).toEqual([0, 0]);
}, 60_000);
