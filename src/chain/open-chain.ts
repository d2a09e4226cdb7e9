import { beginSnapshot } from "../audit/begin-snapshot.ts";
import { readClusterIdentity, readReplayedLsn } from "../audit/cluster-identity.ts";
import type { ServerIdentity } from "../audit/cluster-identity.ts";
import { findChain, whyNoChain } from "../audit/find-chain.ts";
import type { ChainPlace } from "../audit/find-chain.ts";
import { loadProfile } from "../audit/load-profile.ts";
import { askCatalog } from "../audit/secure-reading.ts";
import { explainServerError } from "../postgres/explain-error.ts";
import type { Session } from "../postgres/session.ts";
import { displayAddress } from "../postgres/settings.ts";
import type { Environment } from "../postgres/settings.ts";
import { noChain, openDatabase } from "./open-database.ts";

interface World {
  readonly env: Environment;
  readonly cwd: string;
  readonly signal: AbortSignal;
}

/** Which chain, as the flags say. */
interface ChainGiven {
  readonly dbUrl: string;
  /** Null: the one schema that holds a chain. */
  readonly schema: string | null;
  /** A built-in profile, or the path of a profile file; null: by the columns of the table. */
  readonly profile: string | null;
}

/** Where a chain is, and who answers for it. */
export interface ChainFacts {
  /** Without a password. */
  readonly address: string;
  readonly serverVersion: string;
  readonly isStandby: boolean;
  readonly isSuperuser: boolean;
  readonly schema: string;
  readonly table: string;
  readonly profile: string;
  /** Whether custody installed it: then redactions and guards are judged too. */
  readonly isCustody: boolean;
  /** `system identifier/timeline` of the cluster; null where the role may not ask. */
  readonly cluster: string | null;
}

/** A chain in a REPEATABLE READ, READ ONLY transaction of a session of its own: one snapshot until it is disposed. */
export interface ChainSnapshot extends AsyncDisposable {
  readonly session: Session;
  readonly place: ChainPlace;
  readonly facts: ChainFacts;
  /** Null where the role may not ask. */
  readonly identity: ServerIdentity | null;
}

/** Finds the chain and holds a snapshot of it. `command` is what the server's activity shows. Throws `no-chain`, and what connecting throws. */
export async function openChain(
  given: ChainGiven,
  { env, cwd, signal }: World,
  command: string,
): Promise<ChainSnapshot> {
  const profile = given.profile === null ? undefined : await loadProfile(given.profile, cwd);
  await using stack = new AsyncDisposableStack();
  const session = stack.use(await openDatabase(given.dbUrl, { env, applicationName: command, signal }));
  const want = { schema: given.schema ?? undefined, profile };
  const server = await begin(session, await askCatalog(session, () => findChain(session, want)));
  const place = await findChain(session, want);
  if (place === null) {
    const profileName = given.profile === null ? "" : ` of profile ${given.profile}`;
    const where = given.schema === null ? "" : ` in schema ${given.schema}`;
    throw noChain(session, `${profileName}${where}`, await whyNoChain(session, want));
  }
  const { identity } = server;
  const owned = stack.move();
  return {
    session,
    place,
    identity,
    facts: {
      address: displayAddress(session.settings),
      serverVersion: session.serverVersion,
      isStandby: server.isStandby,
      isSuperuser: server.isSuperuser,
      schema: place.schema,
      table: place.definition.table,
      profile: place.profile,
      isCustody: place.definition.rules !== undefined,
      cluster: identity === null ? null : `${identity.systemIdentifier}/${identity.timeline}`,
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function begin(
  session: Session,
  place: ChainPlace | null,
): Promise<{ isStandby: boolean; isSuperuser: boolean; identity: ServerIdentity | null }> {
  try {
    const replayedLsn = await readReplayedLsn(session);
    await beginSnapshot(session, place);
    const [server] = await session.sql<{ standby: boolean; superuser: boolean }[]>`
      select pg_catalog.pg_is_in_recovery() as standby,
             pg_catalog.current_setting('is_superuser') = 'on' as superuser`;
    const cluster = await readClusterIdentity(session);
    return {
      isStandby: server?.standby === true,
      isSuperuser: server?.superuser === true,
      identity: cluster === null ? null : { ...cluster, replayedLsn },
    };
  } catch (error) {
    throw explainServerError(error, "opening a snapshot");
  }
}
