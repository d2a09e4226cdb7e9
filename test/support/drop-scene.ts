import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { connect } from "../../src/postgres/connect.ts";
import { quoteIdentifier } from "../../src/postgres/identifiers.ts";
import type { ScratchCluster } from "../../src/postgres/scratch-cluster.ts";
import type { ConnectionSettings } from "../../src/postgres/settings.ts";
import { dsnOf } from "./run-custody.ts";

/** The tenants' server, the ledger, and the configuration of a proxy over them. */
export interface DropScene {
  readonly config: string;
  readonly ledger: ConnectionSettings;
  /** Database `db_NAME` and role `usr_NAME` with a password, and some rows. */
  createTenant(name: string): Promise<void>;
  /** What the server holds of a tenant: `database`, `role`, `fenced database`, `fenced role`. */
  standing(name: string, dropId?: string): Promise<readonly string[]>;
  /** Logs in as the tenant with its password and counts its rows. */
  logIn(name: string): Promise<number>;
}

export interface SceneOptions {
  readonly folder: string;
  /** Of the one target `customers`, as YAML in a line, such as `tombstone: { mode: off }`. */
  readonly target?: readonly string[];
  /** Further sections, as YAML. */
  readonly sections?: readonly string[];
  readonly name?: string;
}

export const rowsOfTenant = 50;

/** Over a cluster whose socket takes passwords where `host` lines are given; the ledger is a database of its own on it. */
export async function makeDropScene(
  cluster: Pick<ScratchCluster, "settings">,
  { folder, target = [], sections = [], name = "ledger" }: SceneOptions,
): Promise<DropScene> {
  await using admin = await connect(cluster.settings, { applicationName: "scene" });
  await admin.sql.unsafe(`create database ${quoteIdentifier(name)} template template0`);
  const ledger = { ...cluster.settings, database: name };
  const config = join(folder, `${name}.yaml`);
  await mkdir(join(folder, "state"), { recursive: true });
  const lines = [
    `ledger: { url: ${JSON.stringify(dsnOf(ledger))} }`,
    `state_dir: ${join(folder, "state")}`,
    'http: { listen: "127.0.0.1:0" }',
    ...sections,
    "targets:",
    "  - name: customers",
    "    kind: postgres",
    `    url: ${JSON.stringify(dsnOf(cluster.settings))}`,
    "    approval: { default: allow }",
    "    breaker: { volume: { drops: 100000, per: 1h } }",
    ...target.map((line) => `    ${line}`),
  ];
  await writeFile(config, `${lines.join("\n")}\n`);
  return {
    config,
    ledger,
    async createTenant(tenant) {
      await using session = await connect(cluster.settings, { applicationName: "scene" });
      const [database, role] = [`db_${tenant}`, `usr_${tenant}`];
      await session.sql.unsafe(`create role ${role} login password 'pw-${tenant}'`);
      await session.sql.unsafe(`create database ${database} template template0 owner ${role}`);
      await using inside = await connect({ ...cluster.settings, database }, { applicationName: "scene" });
      await inside.sql.unsafe(
        `create table public.orders (id integer primary key, note text);
         insert into public.orders select n, md5(n::text) from generate_series(1, ${rowsOfTenant}) n;
         alter table public.orders owner to ${role}`,
      );
    },
    async standing(tenant, dropId = "") {
      await using session = await connect(cluster.settings, { applicationName: "scene" });
      const fence = `custody_tomb_${dropId.replaceAll("-", "")}`;
      const rows = await session.sql<{ what: string }[]>`
        select 'database' as what from pg_database where datname = ${`db_${tenant}`}
        union all select 'role' from pg_roles where rolname = ${`usr_${tenant}`}
        union all select 'fenced database' from pg_database where datname = ${fence}
        union all select 'fenced role' from pg_roles where rolname = ${fence} order by 1`;
      return rows.map((each) => each.what);
    },
    async logIn(tenant) {
      await using session = await connect(
        { ...cluster.settings, user: `usr_${tenant}`, password: `pw-${tenant}`, database: `db_${tenant}` },
        { applicationName: "tenant" },
      );
      const [row] = await session.sql<{ count: number }[]>`select count(*)::int as count from public.orders`;
      return row?.count ?? -1;
    },
  };
}

export type DropDocument = Readonly<Record<string, unknown>> & {
  readonly drop_id: string;
  readonly state: string;
  readonly outcome: string | null;
  readonly timeline?: readonly {
    readonly action: string;
    readonly details: Readonly<Record<string, unknown>>;
  }[];
};

/** The request of a tenant's end. */
export function dropOf(tenant: string, requestId: string): Readonly<Record<string, unknown>> {
  return {
    target: "customers",
    resource_type: "postgres",
    provider_resource_id: `db_${tenant}`,
    token: tenant,
    request_id: requestId,
    intent: { reason: "the customer left", names: { role: `usr_${tenant}` } },
  };
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: DropDocument;
}

export async function call(
  api: string,
  method: "GET" | "POST",
  path: string,
  body?: Readonly<Record<string, unknown>>,
  token?: string,
): Promise<ApiAnswer> {
  const response = await fetch(`${api}${path}`, {
    method,
    headers: {
      "content-type": "application/json",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as DropDocument };
}

/** Waits until a drop is in one of the states. */
export async function untilDrop(
  api: string,
  dropId: string,
  states: readonly string[],
): Promise<DropDocument> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const { body } = await call(api, "GET", `/v1/drops/${dropId}`);
    if (states.includes(body.state)) return body;
    if (performance.now() > deadline)
      throw new Error(`the drop is ${body.state}, not ${states.join(" or ")}: ${JSON.stringify(body)}`);
    await delay(25);
  }
}
