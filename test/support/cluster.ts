import { afterAll } from "bun:test";
import { chooseInstallation, findInstallations } from "../../src/postgres/installations.ts";
import type { Installation } from "../../src/postgres/installations.ts";
import { connect } from "../../src/postgres/connect.ts";
import { quoteIdentifier } from "../../src/postgres/identifiers.ts";
import { startScratchCluster } from "../../src/postgres/scratch-cluster.ts";
import type { ScratchCluster } from "../../src/postgres/scratch-cluster.ts";
import type { ConnectionSettings } from "../../src/postgres/settings.ts";

export const majors = [14, 15, 16, 17, 18] as const;
export type Major = (typeof majors)[number];

/** A server of one major version: 15 is Debian's, with all tools; the others are npm's, servers alone. */
export async function testInstallation(major: Major = 15): Promise<Installation> {
  const all = await findInstallations({ env: process.env });
  const found = chooseInstallation(all, { tools: ["initdb", "postgres"], prefer: major });
  if (found.major !== major) throw new Error(`PostgreSQL ${major} is not here: run bun install`);
  return found;
}

/** Where pg_dump, pg_restore and psql are. */
export async function testTools(): Promise<Installation> {
  return chooseInstallation(await findInstallations({ env: process.env }), {
    tools: ["pg_dump", "pg_restore", "psql"],
  });
}

export interface TestClusterOptions {
  readonly parameters?: Readonly<Record<string, string>>;
}

/**
 * A cluster for one test file, ended after its last test. Await it at the top level of the file: inside `beforeAll`, Bun
 * runs what is registered for the end at once.
 */
export async function startTestCluster(
  major: Major = 15,
  options: TestClusterOptions = {},
): Promise<ScratchCluster> {
  const cluster = await startScratchCluster({
    installation: await testInstallation(major),
    env: process.env,
    parameters: {
      max_connections: "50",
      shared_buffers: "64MB",
      max_prepared_transactions: "5",
      ...options.parameters,
    },
  });
  afterAll(() => cluster.stop());
  return cluster;
}

export interface TestDatabase extends AsyncDisposable {
  readonly name: string;
  readonly settings: ConnectionSettings;
}

let count = 0;

/** An empty database, a copy of `template` when given; dropped when disposed, whoever is still connected. */
export async function freshDatabase(
  cluster: Pick<ScratchCluster, "settings">,
  options: { readonly template?: string; readonly name?: string } = {},
): Promise<TestDatabase> {
  const name = options.name ?? `test_${process.pid}_${++count}`;
  const template = quoteIdentifier(options.template ?? "template0");
  await run(cluster, `create database ${quoteIdentifier(name)} template ${template}`);
  return {
    name,
    settings: { ...cluster.settings, database: name },
    async [Symbol.asyncDispose]() {
      await run(cluster, `drop database if exists ${quoteIdentifier(name)} with (force)`);
    },
  };
}

/** One statement, as the cluster's superuser, in the database `postgres`. */
export async function run(cluster: Pick<ScratchCluster, "settings">, statement: string): Promise<void> {
  await using session = await connect(cluster.settings, { applicationName: "test" });
  await session.sql.unsafe(statement);
}
