import { findChain } from "../../audit/find-chain.ts";
import type { ChainWanted } from "../../audit/find-chain.ts";
import { installChain } from "../../audit/install-chain.ts";
import { connect, explainServerError } from "../../postgres/connect.ts";
import { quoteIdentifier } from "../../postgres/identifiers.ts";
import type { Installation } from "../../postgres/installations.ts";
import type { ConnectionSettings, Environment } from "../../postgres/settings.ts";
import type { Watch } from "../../backup/proof/readings.ts";
import type { WorkloadRequest } from "../ports.ts";
import { applyMigrations } from "./apply-migrations.ts";
import { insertEvents } from "./insert-events.ts";
import { eventTrigger, secondSchema } from "./second-schema.ts";
import type { WorkloadRoles } from "./second-schema.ts";

interface WorkloadRun extends WorkloadRequest {
  /** Of a role that may create databases and roles. */
  readonly settings: ConnectionSettings;
  readonly database: string;
  /** The chain that the migrations make; without one custody installs its own. */
  readonly chain: ChainWanted;
  readonly roles: WorkloadRoles;
  /** Runs the product's migrations; null where there are none. */
  readonly psql: Installation | null;
  readonly watch: Watch;
  readonly signal: AbortSignal;
  readonly env: Environment;
}

/** A database with a chain of events (the product's own, if its migrations make one) and a schema of what backups lose. */
export async function createWorkload(run: WorkloadRun): Promise<void> {
  const { database, roles, signal } = run;
  {
    await using server = await connect(run.settings, { applicationName: "smoke workload", signal });
    await server.sql
      .unsafe(`CREATE DATABASE ${quoteIdentifier(database)} TEMPLATE template0 ENCODING 'UTF8'`)
      .catch((error: unknown) => {
        throw explainServerError(error, `creating the database ${database}`);
      });
    for (const role of [roles.owner, roles.reader].map(quoteIdentifier)) {
      await server.sql
        .unsafe(`CREATE ROLE ${role} NOLOGIN; GRANT ${role} TO CURRENT_USER`)
        .simple()
        .catch((error: unknown) => {
          throw explainServerError(error, `creating the role ${role}`);
        });
    }
  }
  const settings = { ...run.settings, database };
  if (run.migrationsDir !== null && run.psql !== null) {
    await applyMigrations(run.migrationsDir, { installation: run.psql, settings, database, signal });
  }
  await using session = await connect(settings, { applicationName: "smoke workload", signal });
  const own = await findChain(session, run.chain);
  const schema = own?.schema ?? run.chain.schema ?? "public";
  if (own === null) await installChain(session, { schema });
  await insertEvents(session, schema, run.rows, { signal, onProgress: run.watch });
  await session.sql
    .unsafe(`BEGIN; ${secondSchema(roles, database)} COMMIT`)
    .simple()
    .catch((error: unknown) => {
      throw explainServerError(error, "writing the workload");
    });
  const [role] = await session.sql.unsafe<{ super: boolean }[]>(
    "SELECT rolsuper AS super FROM pg_roles WHERE rolname = current_user",
  );
  if (role?.super === true) await session.sql.unsafe(eventTrigger);
}
