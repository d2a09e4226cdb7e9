import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "bun:test";
import { buildProgram } from "../support/build-program.ts";
import { startProxyProcess } from "../support/proxy-process.ts";
import { openPsql } from "../support/psql-session.ts";
import { tcpPassword } from "../support/tcp-cluster.ts";
import { makeWireCertificates } from "../support/wire-certificates.ts";
import { untilListed } from "../support/wire-drops.ts";
import { psql, startWirePostgres } from "../support/wire-postgres.ts";

/** The whole program as it is released, and libpq's own ways in. */
const folder = mkdtempSync(join(tmpdir(), "wire-binary-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const program = buildProgram(folder);
const pem = makeWireCertificates();
const at = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text, { mode: 0o600 });
  return join(folder, name);
};
const ca = at("ca.crt", pem.ca);
const shown = (name: "client" | "stranger") => ({
  PGSSLCERT: at(`${name}.crt`, pem[name].cert),
  PGSSLKEY: at(`${name}.key`, pem[name].key),
});
const socket = join(folder, ".s.PGSQL.6432");
const asked = { ...pem.server, client_ca: pem.ca, required: true };
const certified = { target: "encrypted", authentication: "certificate", tls: asked };
const { env, scene, tcp } = await startWirePostgres({
  program,
  statements: ["create database second_ledger template template0"],
  listeners: [
    { name: "ann", ...certified, gate: { allowed_certificates: ["ann"] } },
    { name: "ben", ...certified, gate: { allowed_certificates: ["ben"] } },
    { name: "socket", target: "encrypted", listen: socket, socket_mode: "0600" },
  ],
});
const verified = { PGSSLMODE: "verify-full", PGSSLROOTCERT: ca, PGCHANNELBINDING: "disable" };

test("a client's certificate: who is allowed comes in, and is recorded by its name", async () => {
  const told = await psql(
    env("ann", { ...verified, ...shown("client") }),
    "create table by_ann (); drop table by_ann;\nselect 'in';",
  );
  expect(told).toEqual({ code: 0, stdout: "in\n", stderr: "" });
  await untilListed(scene, "by_ann", ["completed"]);
});

test("a client's certificate: no other name, no other authority, and not without one", async () => {
  const other = await psql(env("ben", { ...verified, ...shown("client") }), "select 'in';");
  expect(other).toMatchObject({ code: 2, stdout: "" });
  expect(other.stderr).toContain("FATAL:");
  for (const more of [shown("stranger"), {}])
    expect(await psql(env("ann", { ...verified, ...more }), "select 'in';")).toMatchObject({
      code: 2,
      stdout: "",
    });
  const clear = await psql(env("ann"), "select 'in';");
  expect(clear.stderr).toContain("this listener takes encrypted connections only");
});

test("a Unix socket: statements, a cancel, a refusal", async () => {
  const through = env("ann", { PGHOST: folder, PGPORT: "6432" });
  await using client = openPsql(through);
  client.send("drop role custodian;\nselect 'still here';");
  await client.said(/custody refuses it: the policy of socket denies DROP ROLE custodian[^]*still here/);
  client.send("select 'begun';\nselect pg_sleep(60) /* by socket */;");
  await client.said(/^begun\n/m);
  await using looking = openPsql(env(null));
  looking.send(
    "select 'sleeps' from pg_stat_activity where query like '%/* by socket */;' and state = 'active' and pid <> pg_backend_pid() \\watch 0.05",
  );
  await looking.said(/sleeps/);
  client.interrupt();
  await client.said(/canceling statement due to user request/);
});

// libpq 18 of PostgreSQL's own packages under Debian's psql 15.
const newLibpq = { LD_LIBRARY_PATH: join(import.meta.dirname, "../../node_modules/pg18/native/lib") };

test.each([
  ["postgres", "3.0"],
  ["direct", "3.0"],
  ["direct", "3.2"],
] as const)(
  "libpq 18, sslnegotiation=%s, protocol %s: a session, an encrypted cancel",
  async (way, protocol) => {
    const through = env("ann", {
      ...verified,
      ...shown("client"),
      ...newLibpq,
      PGSSLNEGOTIATION: way,
      PGMAXPROTOCOLVERSION: protocol,
    });
    await using client = openPsql(through);
    client.send("drop role custodian;\nselect 'still here';");
    await client.said(/custody refuses it[^]*still here/);
    client.send(`select 'begun';\nselect pg_sleep(60) /* by ${way} */;`);
    await client.said(/^begun\n/m);
    await using looking = openPsql(env(null));
    looking.send(
      `select 'sleeps' from pg_stat_activity where query like '%/* by ${way} */;' and state = 'active' and pid <> pg_backend_pid() \\watch 0.05`,
    );
    await looking.said(/sleeps/);
    client.interrupt();
    await client.said(/canceling statement due to user request/);
  },
);

test("it is libpq 18 indeed, which says why it will not begin in the clear", async () => {
  const { stderr } = await psql(env("ann", { ...newLibpq, PGSSLNEGOTIATION: "direct" }), "select 1;");
  expect(stderr).toContain("sslnegotiation");
});

test("SIGHUP: another certificate and another policy under a session that stays", async () => {
  await using client = openPsql(env("tls", { PGSSLMODE: "require", PGCHANNELBINDING: "disable" }));
  client.send("create table t1 (); create table t2 (); drop table t1; select 'dropped';");
  await client.said(/^dropped\n/m);
  const file = JSON.parse(readFileSync(scene.config, "utf8")) as { listeners: Record<string, unknown>[] };
  const section = file.listeners.find(({ name }) => name === "tls")!;
  section["policy"] = [{ kinds: ["table"], action: "deny", reason: "ask ann" }];
  section["tls"] = pem.second;
  writeFileSync(scene.config, JSON.stringify(file));
  scene.proxy.kill("SIGHUP");
  await untilTold(scene.proxy, "reloaded");
  client.send("drop table t2;");
  await client.said(/ask ann/);
  const trusting = await psql(env("tls", verified), "select 'by the new one';");
  expect(trusting).toEqual({ code: 0, stdout: "by the new one\n", stderr: "" });
});

test("SIGHUP while it starts ends nothing: it is taken up once custody runs", async () => {
  // In front of the ledger, which is opened before anything listens.
  let hangup = (): void => undefined;
  const gate = createServer((client) => {
    hangup();
    const server = connect(tcp.port, "127.0.0.1");
    client.pipe(server).pipe(client);
    for (const each of [client, server]) each.on("error", () => void (client.destroy(), server.destroy()));
  });
  await new Promise<void>((resolve) => gate.listen(0, "127.0.0.1", resolve));
  const home = join(folder, "second");
  mkdirSync(join(home, "state"), { recursive: true });
  const { port } = gate.address() as AddressInfo;
  const file = JSON.parse(readFileSync(scene.config, "utf8")) as Record<string, unknown>;
  file["listeners"] = [{ name: "only", protocol: "postgres", target: "clear", listen: "127.0.0.1:0" }];
  file["state_dir"] = join(home, "state");
  file["ledger"] = {
    url: `postgres://custodian:${encodeURIComponent(tcpPassword)}@127.0.0.1:${port}/second_ledger?sslmode=disable`,
  };
  writeFileSync(join(home, "custody.yaml"), JSON.stringify(file));
  let hangups = 0;
  {
    await using proxy = startProxyProcess(join(home, "custody.yaml"), { home, program });
    hangup = () => {
      hangups += 1;
      if (proxy.events.every(({ type }) => type !== "proxy-started")) proxy.kill("SIGHUP");
    };
    await proxy.api;
    await untilTold(proxy, "reloaded");
  }
  expect(hangups).toBeGreaterThan(0);
  gate.close();
});

async function untilTold(
  { events }: { readonly events: readonly Readonly<Record<string, unknown>>[] },
  type: string,
): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (events.every((each) => each["type"] !== type)) {
    if (performance.now() > deadline) throw new Error(`not told: ${type}`);
    await Bun.sleep(20);
  }
}
