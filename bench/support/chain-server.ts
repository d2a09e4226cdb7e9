import { join } from "node:path";
import { installChain } from "../../src/audit/install-chain.ts";
import { connect } from "../../src/postgres/connect.ts";
import { chooseInstallation, findInstallations } from "../../src/postgres/installations.ts";
import { startScratchCluster } from "../../src/postgres/scratch-cluster.ts";
import type { Session } from "../../src/postgres/session.ts";
import type { ConnectionSettings } from "../../src/postgres/settings.ts";

/** A server with enough memory for its tables, in a throwaway cluster. */
export interface ChainServer extends AsyncDisposable {
  readonly psql: string;
  /** A new database, and a session in it. */
  database(name: string): Promise<ChainDatabase>;
}

export interface ChainDatabase extends AsyncDisposable {
  readonly session: Session;
  readonly settings: ConnectionSettings;
  readonly dsn: string;
  /** psql's arguments for one statement, its output to /dev/null. */
  psqlArgs(statement: string): readonly string[];
}

export async function startChainServer(): Promise<ChainServer> {
  const installations = await findInstallations({ env: process.env });
  const installation = chooseInstallation(installations, { tools: ["initdb", "postgres", "psql"] });
  const cluster = await startScratchCluster({
    installation,
    env: process.env,
    parameters: { shared_buffers: "1GB", max_wal_size: "4GB" },
  });
  return {
    psql: join(installation.binDir, "psql"),
    async database(name) {
      await using admin = await connect(cluster.settings, { applicationName: "bench" });
      await admin.sql.unsafe(`create database ${name} template template0`);
      const settings = { ...cluster.settings, database: name };
      const session = await connect(settings, { applicationName: "bench" });
      const { host, port } = settings.hosts[0]!;
      const dsn = `host=${host} port=${port} user=${settings.user} dbname=${name}`;
      return {
        session,
        settings,
        dsn,
        psqlArgs: (statement) => ["-X", "-q", "-d", dsn, "-o", "/dev/null", "-c", statement],
        [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
      };
    },
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  };
}

/** Installs custody's chain and appends so many events, as programs would: in transactions of 50 000. */
export async function fillChain({ session }: ChainDatabase, rows: number): Promise<void> {
  await installChain(session, { schema: "public" });
  await appendEvents(session, rows);
  await session.sql.unsafe("vacuum analyze audit_events");
}

export async function appendEvents(session: Session, rows: number): Promise<void> {
  for (let left = rows; left > 0; left -= 50_000) {
    await session.sql.unsafe(
      `insert into audit_events (actor, actor_type, action, resource_type, resource_id, details)
       select ${eventColumns} from generate_series(1, ${Math.min(left, 50_000)}) n`,
    );
  }
}

/** The same events in either profile. */
export const eventColumns = `'actor-' || n % 100, 'User', 'certificate.issue', 'certificate', 'mc-' || n,
  jsonb_build_object('serial', md5(n::text), 'profile', 'server', 'days', 90)`;
