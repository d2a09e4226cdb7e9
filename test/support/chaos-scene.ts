import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "../../src/postgres/connect.ts";
import type { AtRest } from "./chaos-judge.ts";
import { makeChaosNetwork } from "./chaos-network.ts";
import type { ChaosNetwork } from "./chaos-network.ts";
import { testInstallation } from "./cluster.ts";
import { holdingsOf, socketsAt } from "./holdings.ts";
import { startProxyProcess } from "./proxy-process.ts";
import type { ProxyProcess } from "./proxy-process.ts";
import { makeServer } from "./server-process.ts";
import type { TestServer } from "./server-process.ts";
import { mountSmallDisk } from "./small-disk.ts";

/** A target, a ledger on a server of its own, and the compiled proxy between them: each can be killed and started again. */
export interface ChaosScene extends AsyncDisposable {
  readonly network: ChaosNetwork;
  readonly target: TestServer;
  readonly ledger: TestServer;
  /** The disk of the ledger's server: a small one. */
  readonly ledgerDisk: string | null;
  readonly place: { readonly host: string; readonly port: number };
  readonly token: string;
  /** The Unix socket of the HTTP API. */
  readonly api: string;
  proxy(): ProxyProcess;
  killProxy(): Promise<void>;
  startProxy(): Promise<void>;
  /** As the superuser of the target, past the proxy. */
  onTarget(statements: readonly string[], database?: string): Promise<readonly Record<string, unknown>[]>;
  onLedger(statement: string): Promise<readonly Record<string, unknown>[]>;
  /** What the proxy has now; at rest once no client is there. */
  has(): Promise<AtRest>;
}

const listenerPort = 6432;
const token = "token-of-ann-which-nobody-guesses";

export interface ChaosMeans {
  /** Whether cables can be made and cut. */
  readonly hasCables: boolean;
  /** Whether the ledger can have a small disk of its own. */
  readonly hasDisk: boolean;
}

export async function makeChaosScene(
  home: string,
  program: string,
  { hasCables, hasDisk }: ChaosMeans,
): Promise<ChaosScene> {
  await using stack = new AsyncDisposableStack();
  const network = stack.use(await makeChaosNetwork(hasCables));
  const hba = join(home, "hba");
  writeFileSync(hba, "local all all trust\nhost all all all trust\n");
  chmodSync(hba, 0o644);
  const ledgerDisk = hasDisk ? join(home, "disk") : null;
  if (ledgerDisk !== null) stack.use(mountSmallDisk(ledgerDisk, "400m"));
  const serverAt = async (address: string, disk: string | null = null): Promise<TestServer> => {
    const parameters = {
      listen_addresses: address,
      ...(disk === null ? {} : { min_wal_size: "32MB", max_wal_size: "64MB" }),
      hba_file: hba,
      max_connections: "80",
      track_commit_timestamp: "on",
    };
    const server = stack.use(await makeServer(await testInstallation(), parameters, disk ?? undefined));
    await server.start();
    return server;
  };
  const target = await serverAt(network.target);
  const ledger = await serverAt(network.ledger, ledgerDisk);
  const run = async (server: TestServer, statements: readonly string[], database = "postgres") => {
    await using session = await connect({ ...server.settings, database }, { applicationName: "test" });
    let rows: readonly Record<string, unknown>[] = [];
    for (const each of statements) rows = [...(await session.sql.unsafe(each))];
    return rows;
  };
  await run(ledger, ["create database custody"]);
  await run(target, [
    "create role app login createdb createrole",
    "create database shop template template0 owner app",
  ]);
  const api = join(home, "api");
  const config = writeConfig(home, { target, ledger, network, api });
  const started = (): ProxyProcess =>
    startProxyProcess(config, { home, program: starterOf(home, program, network) });
  let proxy = started();
  stack.defer(() => proxy[Symbol.asyncDispose]());
  await proxy.api;
  const kept = stack.move();
  return {
    network,
    ledgerDisk,
    target,
    ledger,
    token,
    api,
    place: { host: network.proxy, port: listenerPort },
    proxy: () => proxy,
    async killProxy() {
      await proxy[Symbol.asyncDispose]();
    },
    async startProxy() {
      proxy = started();
      await proxy.api;
    },
    onTarget: (statements, database) => run(target, statements, database),
    onLedger: (statement) => run(ledger, [statement], "custody"),
    async has() {
      const [row] = await run(target, [
        `select count(*) filter (where application_name = 'chaos')::int as sessions,
                count(*) filter (where application_name not in ('chaos', 'test', 'watch'))::int as backends
           from pg_stat_activity where backend_type = 'client backend'`,
      ]);
      return {
        ...(await holdingsOf(proxy.pid, home)),
        clients: await socketsAt(proxy.pid, [listenerPort]),
        sessions: Number(row?.["sessions"]),
        backends: Number(row?.["backends"]),
      };
    },
    async [Symbol.asyncDispose]() {
      await kept.disposeAsync();
    },
  };
}

function writeConfig(
  home: string,
  { target, ledger, network, api }: Pick<ChaosScene, "target" | "ledger" | "network" | "api">,
): string {
  const urlOf = (server: TestServer, address: string, database: string): string =>
    `postgres://${server.settings.user}@${address}:5432/${database}?sslmode=disable&connect_timeout=5`;
  const config = join(home, "custody.yaml");
  mkdirSync(join(home, "state"), { recursive: true });
  const sha256 = createHash("sha256").update(token).digest("hex");
  const text = {
    state_dir: join(home, "state"),
    ledger: { url: urlOf(ledger, network.ledger, "custody") },
    http: {
      listen: api,
      tokens: [{ name: "ann", person: "ann", sha256, scopes: ["request", "read", "approve"] }],
    },
    targets: [
      {
        name: "main",
        kind: "postgres",
        url: urlOf(target, network.target, "postgres"),
        approval: { default: "allow" },
        tombstone: { mode: "soft", retention: "1h" },
        // Faults are many, and the story is not about the breakers.
        breaker: { failures: 1000, volume: { drops: 10_000, per: "1h" } },
      },
    ],
    listeners: [
      {
        name: "wire",
        protocol: "postgres",
        target: "main",
        listen: `${network.proxy}:${listenerPort}`,
        authentication: "server",
        policy: [
          { kinds: ["table", "truncate"], action: "audit" },
          { kinds: ["role"], action: "hold", hold: { expires: "4s", in_transaction: "4s" } },
          { kinds: ["database"], action: "soft" },
          { kinds: ["schema"], action: "deny" },
        ],
      },
    ],
  };
  // JSON is YAML.
  writeFileSync(config, JSON.stringify(text, null, 2));
  return config;
}

/** The program behind the cables, as one that takes custody's arguments; its process is custody's. */
function starterOf(home: string, program: string, { prefix }: ChaosNetwork): string {
  const starter = join(home, "starter");
  writeFileSync(starter, `#!/bin/sh\nexec ${[...prefix, program].join(" ")} "$@"\n`, { mode: 0o755 });
  return starter;
}
