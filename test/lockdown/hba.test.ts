import { expect, test } from "bun:test";
import { readFile, writeFile } from "node:fs/promises";
import { connect } from "../../src/postgres/connect.ts";
import { resolveSettings } from "../../src/postgres/settings.ts";
import { run } from "../support/cluster.ts";
import { custody, documentOf } from "../support/run-custody.ts";
import { sceneOn } from "../support/lockdown-scene.ts";
import { startTcpCluster, tcpPassword } from "../support/tcp-cluster.ts";
import { bareEnv, connectFailure, tcpSettings } from "../support/tcp-settings.ts";

const tcp = await startTcpCluster();
await run(tcp.cluster, "alter role cert_user superuser");
const proxyUrl = `postgres://cert_user@localhost:${tcp.port}/postgres?sslmode=verify-full&sslrootcert=${tcp.files.ca}&sslcert=${tcp.files.clientCert}&sslkey=${tcp.files.clientKey}`;
/** By certificate, as the proxy: the lines that these tests try out may leave no other way in. */
const scene = sceneOn(await resolveSettings(proxyUrl, bareEnv), tcp.port);
const [shown] = await scene.admin(["show hba_file"]);
const file = String(shown?.["hba_file"]);
const original = await readFile(file, "utf8");

/** Rewrites the file and waits until the server has read it. */
async function putHba(text: string): Promise<void> {
  await writeFile(file, text);
  const settings = await resolveSettings(proxyUrl, bareEnv);
  await using session = await connect(settings, { applicationName: "test" });
  const [before] = await session.sql.unsafe("select pg_conf_load_time()::text as at, pg_reload_conf()");
  for (;;) {
    const [now] = await session.sql.unsafe("select pg_conf_load_time()::text as at, pg_sleep(0.01)");
    if (now?.["at"] !== before?.["at"]) return;
  }
}

async function checked(): Promise<readonly { readonly way: string; readonly object: string }[]> {
  const told = await custody(["lockdown", "--db-url", proxyUrl, "--check", "--output", "json"]);
  const [server] = documentOf(told)["servers"] as [
    { findings: { way: string; object: string }[]; hba: unknown },
  ];
  return server.findings.filter(({ way }) => way.startsWith("hba-"));
}

test("an admin gets in over the network with a password, and does not once the printed lines are in", async () => {
  await scene.admin([`alter role scram_user superuser`, "create database db_a"]);
  await using session = await connect(await tcpSettings(tcp, "scram_user"), { applicationName: "test" });
  await session.sql.unsafe("drop database db_a");
  const flags = ["--db-url", proxyUrl, "--admin", "scram_user"];
  const printed = await custody([
    "lockdown",
    ...flags,
    "--proxy-address",
    "127.0.0.1/32",
    "--output",
    "json",
  ]);
  const [server] = documentOf(printed)["servers"] as [{ hba: { file: string; lines: readonly string[] } }];
  expect(server.hba.file).toBe(file);
  expect(server.hba.lines).toContain(`hostssl all "cert_user" 127.0.0.1/32 cert`);
  expect((await checked()).map(({ way }) => way)).toContain("hba-network");

  await putHba(`${server.hba.lines.join("\n")}\n${original.replace("trust", "scram-sha-256")}`);
  expect((await connectFailure(await tcpSettings(tcp, "scram_user"))).message).toContain(
    "pg_hba.conf rejects",
  );
  expect(await custody(["lockdown", ...flags, "--apply"])).toMatchObject({ code: 0 });
  const closed = await custody(["lockdown", ...flags, "--check"]);
  expect(closed.stdout).toMatch(/CLOSED servers=1\n$/);
  expect(closed.code).toBe(0);

  // The proxy's role itself: by its certificate, and not by its password.
  const byPassword = `postgres://cert_user:${encodeURIComponent(tcpPassword)}@localhost:${tcp.port}/postgres?sslmode=require`;
  expect((await connectFailure(await resolveSettings(byPassword, bareEnv))).code).toBe(
    "authentication-failed",
  );
});

test.each([
  ["a line before the rejection", `host all all 127.0.0.1/32 scram-sha-256\nhost all all all reject\n`, true],
  [
    "a rejection of one address alone",
    `host all all 10.0.0.0/8 reject\nhost all all all scram-sha-256\n`,
    true,
  ],
  [
    "a rejection for plain connections alone",
    `hostnossl all all all reject\nhost all all all scram-sha-256\n`,
    true,
  ],
  [
    "a rejection for one database alone",
    `host postgres all all reject\nhost all all all scram-sha-256\n`,
    true,
  ],
  ["another's role", `host all usr_a all scram-sha-256\n`, false],
  ["everything rejected", `host all all all reject\nhost all all all scram-sha-256\n`, false],
  [
    "a client certificate beside the password",
    `hostssl all all all scram-sha-256 clientcert=verify-full\n`,
    false,
  ],
  ["only a CA checked", `hostssl all all all scram-sha-256 clientcert=verify-ca\n`, true],
  ["a group that it is in", `host all +staff all scram-sha-256\n`, true],
  ["replication alone", `host replication all all scram-sha-256\n`, false],
])("%s", async (_, lines, isOpen) => {
  await scene.admin([
    "do $$ begin create role staff; exception when duplicate_object then null; end $$",
    "grant staff to cert_user",
  ]);
  const own =
    "hostssl postgres,db_none cert_user 127.0.0.1/32 cert\nhostssl template1 cert_user 127.0.0.1/32 cert\n";
  await putHba(`${own}${lines}local all all scram-sha-256\n`);
  const open = await checked();
  await putHba(original);
  expect(open.some(({ way, object }) => way === "hba-network" && object === "role cert_user")).toBe(isOpen);
});

test("trust is no proof: over the socket too", async () => {
  await putHba(original);
  expect(await checked()).toContainEqual(
    expect.objectContaining({ way: "hba-trust", object: `line 1 of ${file}` }),
  );
  // Whoever reaches the socket is the superuser.
  await run(tcp.cluster, "create database db_b");
  await run(tcp.cluster, "drop database db_b");
  await putHba(original.replace("local all all trust", "local all all scram-sha-256"));
  expect((await connectFailure(tcp.cluster.settings)).code).toBe("authentication-failed");
  expect((await checked()).map(({ way }) => way)).not.toContain("hba-trust");
  await putHba(original);
});
