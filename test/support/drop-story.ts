import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "../../src/postgres/connect.ts";
import type { ConnectionSettings } from "../../src/postgres/settings.ts";
import { makeOrders } from "./nats-shop.ts";
import type { NatsServer } from "./nats-server.ts";
import type { ProxyProcess } from "./proxy-process.ts";
import { startProxyProcess } from "./proxy-process.ts";
import { makeTenant } from "./redis-server.ts";
import type { TestRedis } from "./redis-server.ts";
import { dsnOf } from "./run-custody.ts";
import type { Told } from "./run-custody.ts";

export interface Servers {
  readonly settings: ConnectionSettings;
  readonly redis: TestRedis;
  readonly nats: NatsServer;
}

/** A machine that asks, and three people who may approve, ask for a purge, and approve that. */
type Caller = "provisioner" | "ann" | "ben" | "carl";

/** The compiled program's proxy over real servers of three kinds, and the compiled command line to speak to it. */
export interface Story extends AsyncDisposable {
  readonly config: string;
  readonly proxy: ProxyProcess;
  run(args: readonly string[], as?: Caller): Promise<Told>;
}

const tokenOf = (caller: string): string => `token-of-${caller}-which-nobody-guesses`;

/** Databases `db_acme` with `usr_acme`, a user of Redis with keys, a stream with messages, and a proxy that guards them. */
export async function startStory(
  program: string,
  home: string,
  { settings, redis, nats }: Servers,
): Promise<Story> {
  await makeTenants({ settings, redis, nats });
  const config = join(home, "custody.yaml");
  mkdirSync(join(home, "state"));
  const tokens = (["provisioner", "ann", "ben", "carl"] as const).map((name) => {
    const sha256 = createHash("sha256").update(tokenOf(name)).digest("hex");
    return name === "provisioner"
      ? { name, sha256, scopes: ["request", "read"] }
      : { name, person: name, sha256, scopes: ["request", "read", "approve"] };
  });
  const names = {
    customers: { from_token: { database: "db_{token}", role: "usr_{token}" } },
    cache: { from_token: { user: "usr_{token}", keys: "{token}:" } },
    queues: { stream: "^db_[a-z]+$" },
  };
  const target = (name: keyof typeof names, kind: string, url: string) => ({
    name,
    kind,
    url,
    names: names[name],
  });
  const text = {
    state_dir: join(home, "state"),
    ledger: { url: dsnOf({ ...settings, database: "ledger" }) },
    http: { listen: "127.0.0.1:0", tokens },
    targets: [
      target("customers", "postgres", dsnOf(settings)),
      target("cache", "redis", redis.url()),
      target("queues", "nats", nats.url),
    ],
  };
  // JSON is YAML.
  writeFileSync(config, JSON.stringify(text, null, 2));
  const proxy = startProxyProcess(config, { home, program });
  const api = await proxy.api;
  return {
    config,
    proxy,
    async run(args, as) {
      const own = as === undefined ? {} : { CUSTODY_API: api, CUSTODY_TOKEN: tokenOf(as) };
      const env = { PATH: process.env["PATH"] ?? "", HOME: home, LANG: "C.UTF-8", ...own };
      const child = Bun.spawn([program, ...args], { cwd: home, env, stdout: "pipe", stderr: "pipe" });
      const [code, stdout, stderr] = await Promise.all([
        child.exited,
        new Response(child.stdout).text(),
        new Response(child.stderr).text(),
      ]);
      return { code, stdout, stderr };
    },
    [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose](),
  };
}

async function makeTenants({ settings, redis, nats }: Servers): Promise<void> {
  await using admin = await connect(settings, { applicationName: "story" });
  await admin.sql.unsafe("create database ledger template template0");
  await admin.sql.unsafe("create role usr_acme login password 'pw-acme'");
  await admin.sql.unsafe("create database db_acme template template0 owner usr_acme");
  await using inside = await connect({ ...settings, database: "db_acme" }, { applicationName: "story" });
  await inside.sql.unsafe(
    `create table public.orders (id integer primary key, note text);
     insert into public.orders select n, md5(n::text) from generate_series(1, 50) n;
     alter table public.orders owner to usr_acme`,
  );
  await using client = await redis.connect();
  await makeTenant(client, "acme");
  await makeOrders(await nats.connect(), 30);
}
