import { afterAll } from "bun:test";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "./cluster.ts";
import { dsnOf } from "./run-custody.ts";
import type { Told } from "./run-custody.ts";
import { runProgram } from "./run-program.ts";
import { startTcpCluster, tcpPassword } from "./tcp-cluster.ts";
import type { TcpCluster } from "./tcp-cluster.ts";
import { makeWireCertificates } from "./wire-certificates.ts";
import { startWireScene } from "./wire-scene.ts";
import type { WireScene } from "./wire-scene.ts";

type Section = Readonly<Record<string, unknown>>;

/** A server with TLS and passwords, behind the listeners of a proxy, and how clients get to either. */
export interface WirePostgres {
  readonly tcp: TcpCluster;
  readonly scene: WireScene;
  readonly home: string;
  /** libpq's environment for a listener; null: the server itself. */
  env(listener: string | null, more?: Readonly<Record<string, string>>): Readonly<Record<string, string>>;
}

/**
 * Listeners: `plain`, which takes TLS as well, before the server without TLS; `tls`, which asks for TLS, before the server with TLS; and those
 * given. Ended after the file's last test. The role `owner`, with the password of all, owns the database `shop`.
 */
export async function startWirePostgres(
  options: {
    readonly listeners?: readonly Section[];
    readonly program?: string;
    readonly processes?: number;
    readonly parameters?: Readonly<Record<string, string>>;
    readonly statements?: readonly string[];
    /** Of the ledger's database, where it is not on the same server. */
    readonly ledger?: string;
    /** Further sections of the target of `plain`. */
    readonly clear?: Section;
  } = {},
): Promise<WirePostgres> {
  const home = mkdtempSync(join(tmpdir(), "wire-postgres-"));
  chmodSync(home, 0o755);
  const tcp = await startTcpCluster(15, options.parameters ?? {});
  const { cluster, port } = tcp;
  for (const statement of [
    `create role owner login password '${tcpPassword}'`,
    `create role custodian login superuser password '${tcpPassword}'`,
    "create database shop template template0 owner owner",
    "create database ledger template template0",
    ...(options.statements ?? []),
  ])
    await run(cluster, statement);
  const { ca, server } = makeWireCertificates();
  const listenerCa = join(home, "listener-ca.crt");
  writeFileSync(listenerCa, ca);
  const url = (sslmode: string): string =>
    `postgres://custodian:${encodeURIComponent(tcpPassword)}@localhost:${port}/postgres?sslmode=${sslmode}`;
  const named = (name: string, sslmode: string) => ({ name, kind: "postgres", url: url(sslmode) });
  const scene = await startWireScene({
    home,
    ledger: options.ledger ?? dsnOf({ ...cluster.settings, database: "ledger" }),
    ...(options.program === undefined ? {} : { program: options.program }),
    ...(options.processes === undefined ? {} : { processes: options.processes }),
    targets: [
      { ...named("clear", "disable"), ...options.clear },
      named("encrypted", `verify-full&sslrootcert=${encodeURIComponent(tcp.files.ca)}`),
    ],
    listeners: [
      { name: "plain", target: "clear", tls: server },
      { name: "tls", target: "encrypted", tls: { ...server, required: true } },
      ...(options.listeners ?? []),
    ].map((each) => ({ protocol: "postgres", ...each })),
  });
  afterAll(async () => {
    await scene[Symbol.asyncDispose]();
    rmSync(home, { recursive: true, force: true });
  });
  return {
    tcp,
    scene,
    home,
    env: (listener, more = {}) => ({
      HOME: home,
      PGHOST: "localhost",
      PGPORT: String(listener === null ? port : scene.portOf(listener)),
      PGUSER: "owner",
      PGPASSWORD: tcpPassword,
      PGDATABASE: "shop",
      PGSSLMODE: "disable",
      PGSSLROOTCERT: listener === null ? tcp.files.ca : listenerCa,
      PGCONNECT_TIMEOUT: "20",
      ...more,
    }),
  };
}

/** psql, quiet, without a psqlrc, unaligned; a script at its standard input. */
export async function psql(
  env: Readonly<Record<string, string>>,
  input: string,
  flags: readonly string[] = [],
): Promise<Told> {
  return await runProgram(["psql", "-XqAt", ...flags], { env, input });
}

/** The ways in, each with what its environment needs besides. */
export const waysIn = [
  { listener: "plain", encryption: "in clear", more: {} },
  { listener: "plain", encryption: "TLS before a server in clear", more: { PGSSLMODE: "require" } },
  // The client's channel ends at custody: a binding to it cannot be the server's.
  {
    listener: "tls",
    encryption: "TLS on both sides",
    more: { PGSSLMODE: "verify-full", PGCHANNELBINDING: "disable" },
  },
] as const;
