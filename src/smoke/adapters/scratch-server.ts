import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { oldestToolMajor } from "../../backup/archive/archive.ts";
import type { ChainWanted } from "../../audit/find-chain.ts";
import { giveBack } from "../../backup/restore/give-back.ts";
import { nothingMade } from "../../backup/restore/made.ts";
import type { LeftBehind } from "../../backup/restore.ts";
import { requireRoom, restoreToCompare } from "../../backup/proof/restore-to-compare.ts";
import type { ComparableRestore } from "../../backup/proof/restore-to-compare.ts";
import { OpsError } from "../../errors.ts";
import { connect } from "../../postgres/connect.ts";
import { quoteIdentifier } from "../../postgres/identifiers.ts";
import type { ConnectionSettings, Environment } from "../../postgres/settings.ts";
import type { ScratchRequest, ScratchServer } from "../ports.ts";
import { createWorkload } from "../workload/create-workload.ts";
import type { WorkloadRoles } from "../workload/second-schema.ts";
import { openDatabaseReader } from "../../backup/proof/database-reader.ts";
import { openSaboteur } from "./saboteur.ts";
import { openServer } from "./open-server.ts";
import type { OpenedServer } from "./open-server.ts";
import { noSpace } from "./require-space.ts";
import type { Toolbox } from "../../postgres/toolbox.ts";

export interface ScratchContext {
  readonly env: Environment;
  readonly toolbox: Toolbox;
  /** Of the audit chain, as the user asked for it. */
  readonly chain: ChainWanted;
  readonly signal: AbortSignal;
  /** Told what could not be given back on a server that is not ours. */
  readonly warn: (message: string) => void;
}

const applicationName = "smoke";

/** Opens the server to restore into; everything made on it is gone when it is disposed of, but for what is kept. */
export async function openScratchServer(
  request: ScratchRequest,
  context: ScratchContext,
): Promise<ScratchServer> {
  const server = await openServer(request, context);
  const { settings } = server;
  const { signal, toolbox, chain, env, warn } = context;
  const readerOptions = { jobs: request.jobs, chain, signal, applicationName };
  const restored = new Map<string, ComparableRestore>();
  const own = nothingMade();
  const roles = workloadRoles(server);
  const kept = new Set<string>();
  const left: LeftBehind[] = [];
  const dropDatabase = async (database: string): Promise<void> => {
    await administer(settings, `DROP DATABASE IF EXISTS ${quoteIdentifier(database)} WITH (FORCE)`);
    own.databases.delete(database);
  };
  const requireRestored = (database: string): ComparableRestore => {
    const made = restored.get(database);
    if (made === undefined) throw new Error(`${database} was not restored here`);
    return made;
  };
  const newDatabaseName = (): string => `custody_smoke_${randomBytes(6).toString("hex")}`;
  return {
    facts: server.facts,
    measuredOn: server.measuredOn,
    newDatabaseName,
    async createWorkload(workload, watch) {
      const database = newDatabaseName();
      own.databases.add(database);
      for (const role of [roles.owner, roles.reader]) own.roles.add(role);
      const psql =
        workload.migrationsDir === null
          ? null
          : await toolbox.choose({ tools: ["psql"], prefer: server.facts.major });
      await createWorkload({ ...workload, chain, settings, database, roles, psql, watch, signal, env });
      return database;
    },
    dropDatabase,
    async restore(archive, { database, schemaOnly }, watch) {
      const installation = await toolbox.choose({
        tools: ["pg_restore"],
        prefer: server.facts.major,
        atLeast: oldestToolMajor(archive),
      });
      const restoring = restoreToCompare({
        archive,
        installation,
        settings,
        database,
        schemaOnly,
        asSuperuser: request.asSuperuser,
        jobs: request.jobs,
        env,
        signal,
        onProgress: watch,
        onLeftBehind: (each) => void left.push(each),
        reader: readerOptions,
      });
      await requireRoom(restoring, server, signal, () =>
        noSpace(`the throwaway server ran out of space in ${env["TMPDIR"] ?? tmpdir()}`),
      );
      const made = await restoring;
      restored.set(database, made);
      return schemaOnly ? { ...made.facts, notes: [] } : made.facts;
    },
    openReader: (database) =>
      restored.get(database)?.openReader() ?? openDatabaseReader({ ...settings, database }, readerOptions),
    restate: (database, expected, actual) => requireRestored(database).restate(expected, actual),
    locate: (database, table, rows) => requireRestored(database).locate(table, rows),
    async openSaboteur(database, asSuperuser) {
      const made = requireRestored(database);
      const saboteur = await openSaboteur(asSuperuser ? { ...settings, database } : made.settings, {
        ...readerOptions,
        encoding: made.encoding(),
      });
      return {
        ...saboteur,
        readCatalog: async () => made.withOwnRoles(await saboteur.readCatalog()),
      };
    },
    keep(database) {
      kept.add(database);
      server.keep();
      return server.connectCommand(database);
    },
    async [Symbol.asyncDispose]() {
      await using _server = server;
      if (server.isThrowaway) return;
      // The newest first: the first one made the roles that the objects of the others belong to.
      for (const [database, made] of [...restored].toReversed())
        if (!kept.has(database)) left.push(...(await made.drop()));
      left.push(...(await giveBack(settings, kept.size === 0 ? own : { ...own, roles: new Set() })));
      for (const { what, statement, reason } of left)
        warn(
          `${server.facts.address} still holds ${what}, which custody made (${reason}); to remove it: ${statement}`,
        );
      if (left.length > 0 && signal.aborted) throw notCleanedUp(left);
    },
  };
}

/** On a server that others use, the workload's roles carry a name that nobody else has. */
function workloadRoles(server: OpenedServer): WorkloadRoles {
  const suffix = server.isThrowaway ? "" : `_${randomBytes(4).toString("hex")}`;
  return { owner: `custody_smoke_owner${suffix}`, reader: `custody_smoke_reader${suffix}` };
}

/** Beside the warnings: an interrupted run says that everything was cleaned up, unless it hears otherwise. */
function notCleanedUp(left: readonly LeftBehind[]): OpsError {
  return new OpsError(
    "scratch-failed",
    `left on the scratch server: ${left.map(({ what }) => what).join(", ")}`,
    left.map(({ statement }) => statement).join("; "),
  );
}

/** Without the run's signal: what was made is given back also when the run was interrupted. */
async function administer(settings: ConnectionSettings, statement: string): Promise<void> {
  await using session = await connect(settings, { applicationName: "smoke cleanup" });
  await session.sql.unsafe(statement).catch((cause: unknown) => {
    throw new OpsError(
      "scratch-failed",
      `cannot clean up: ${statement}`,
      "run that statement on the scratch server by hand",
      { cause },
    );
  });
}
