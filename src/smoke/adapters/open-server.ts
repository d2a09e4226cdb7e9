import { availableParallelism } from "node:os";
import { OpsError } from "../../errors.ts";
import { connect } from "../../postgres/connect.ts";
import { quoteIdentifier } from "../../postgres/identifiers.ts";
import { startScratchCluster } from "../../postgres/scratch-cluster.ts";
import { displayAddress, resolveSettings } from "../../postgres/settings.ts";
import type { ConnectionSettings } from "../../postgres/settings.ts";
import type { DatabaseFacts } from "../../backup/proof/readings.ts";
import type { ScratchRequest, ScratchServer } from "../ports.ts";
import { requireSpace } from "./require-space.ts";
import type { ScratchContext } from "./scratch-server.ts";

/** A server that databases can be made on. */
export interface OpenedServer extends AsyncDisposable {
  /** Of a role that may create databases and roles. */
  readonly settings: ConnectionSettings;
  readonly facts: ScratchServer["facts"];
  readonly measuredOn: string;
  readonly isThrowaway: boolean;
  /** Of a throwaway server: whether its disk is full. Nobody can say that of another. */
  ranOutOfSpace(): Promise<boolean>;
  /** Leaves the server running when it is disposed of. */
  keep(): void;
  connectCommand(database: string): string;
}

export async function openServer(request: ScratchRequest, context: ScratchContext): Promise<OpenedServer> {
  return request.scratchUrl === null
    ? await startOwn(request, context)
    : await reach(request.scratchUrl, request, context);
}

async function startOwn(request: ScratchRequest, context: ScratchContext): Promise<OpenedServer> {
  const { env, toolbox, signal } = context;
  const installation = await toolbox.choose({
    tools: ["initdb", "postgres"],
    prefer: await preferredMajor(request, context),
  });
  await requireSpace(request, env);
  const { durable, jobs } = request;
  const cluster = await startScratchCluster({
    installation,
    env,
    durable,
    jobs,
    isolateNetwork: true,
    mayOutlive: request.mayKeep,
    signal,
  });
  let isKept = false;
  return {
    settings: cluster.settings,
    facts: {
      address: displayAddress(cluster.settings),
      serverVersion: installation.version,
      major: installation.major,
      systemIdentifier: null,
    },
    measuredOn: `throwaway server, fsync ${durable ? "on" : "off"}, ${availableParallelism()} cores`,
    isThrowaway: true,
    ranOutOfSpace: () => cluster.ranOutOfSpace(),
    keep: () => void (isKept = true),
    connectCommand: (database) =>
      `psql "host=${cluster.settings.hosts[0]?.host} user=${cluster.settings.user} dbname=${database}" (to end it: kill -QUIT ${cluster.pid})`,
    async [Symbol.asyncDispose]() {
      await (isKept ? cluster.keep() : cluster.stop());
    },
  };
}

/** The source's version; with neither a source nor an archive that says it, one that there is a pg_dump for. */
async function preferredMajor(request: ScratchRequest, { toolbox }: ScratchContext): Promise<number> {
  const known = request.source?.major ?? majorOf(request.archive?.serverVersion ?? null);
  return known ?? (await toolbox.choose({ tools: ["pg_dump", "pg_restore"] })).major;
}

async function reach(
  scratchUrl: string,
  request: ScratchRequest,
  { env, signal }: ScratchContext,
): Promise<OpenedServer> {
  const settings = await resolveSettings(scratchUrl, env);
  await using session = await connect(settings, { applicationName: "smoke", signal });
  const [row] = await session.sql.unsafe<(Powers & { system: string | null })[]>(`
    SELECT r.rolsuper AS "isSuperuser", r.rolcreatedb AS "createsDatabases", r.rolcreaterole AS "createsRoles", CASE WHEN pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE')
      THEN (SELECT system_identifier::text FROM pg_catalog.pg_control_system()) END AS system
    FROM pg_catalog.pg_roles r WHERE r.rolname = current_user`);
  const address = displayAddress(session.settings);
  if (row !== undefined) requirePowers(row, { user: session.settings.user, address }, request.asSuperuser);
  const systemIdentifier = row?.system ?? null;
  if (request.source !== null && !request.allowSameServer)
    refuseSource(request.source, address, systemIdentifier);
  return {
    settings: session.settings,
    facts: { address, serverVersion: session.serverVersion, major: session.major, systemIdentifier },
    measuredOn: `scratch server ${address}`,
    isThrowaway: false,
    ranOutOfSpace: () => Promise.resolve(false),
    keep: () => undefined,
    connectCommand: (database) => `psql "${displayAddress({ ...session.settings, database })}"`,
    async [Symbol.asyncDispose]() {
      await Promise.resolve();
    },
  };
}

interface Powers {
  readonly isSuperuser: boolean;
  readonly createsDatabases: boolean;
  readonly createsRoles: boolean;
}

/** All that is missing at once, before anything is made. @throws OpsError permission-denied */
function requirePowers(
  powers: Powers,
  { user, address }: { readonly user: string; readonly address: string },
  asSuperuser: boolean,
): void {
  if (powers.isSuperuser) return;
  const missing = asSuperuser
    ? ["SUPERUSER"]
    : [...(powers.createsDatabases ? [] : ["CREATEDB"]), ...(powers.createsRoles ? [] : ["CREATEROLE"])];
  if (missing.length === 0) return;
  const alter = `ALTER ROLE ${quoteIdentifier(user)} ${missing.join(" ")}`;
  const why = asSuperuser ? "--as-superuser restores as one" : "a proof makes a database and roles there";
  throw new OpsError(
    "permission-denied",
    `the role ${user} of the scratch server ${address} lacks ${missing.join(" and ")}: ${why}`,
    `${alter}, or name another role in --scratch-url`,
  );
}

/** Two servers are told apart by their system identifiers alone: names and addresses have aliases. */
function refuseSource(source: DatabaseFacts, address: string, systemIdentifier: string | null): void {
  if (
    systemIdentifier !== null &&
    source.systemIdentifier !== null &&
    systemIdentifier !== source.systemIdentifier
  )
    return;
  const what =
    systemIdentifier === null || source.systemIdentifier === null
      ? `cannot tell whether ${address} is the server of the source: a role may not read its system identifier`
      : `the scratch server ${address} is the server of the source (system identifier ${systemIdentifier})`;
  throw new OpsError(
    "scratch-is-source",
    what,
    "restore into another server, or say --allow-same-server if that is meant",
  );
}

function majorOf(version: string | null): number | null {
  const major = Number.parseInt(version ?? "", 10);
  return Number.isNaN(major) ? null : major;
}
