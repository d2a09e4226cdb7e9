import type { Session } from "../postgres/session.ts";
import { displayAddress } from "../postgres/connection-settings.ts";
import { explainServerError } from "../postgres/explain-error.ts";
import { beginSnapshot } from "./begin-snapshot.ts";
import { readClusterIdentity, readReplayedLsn } from "./cluster-identity.ts";
import type { ServerIdentity } from "./cluster-identity.ts";
import { findChain } from "./find-chain.ts";
import type { ChainPlace, ChainWanted } from "./find-chain.ts";
import { askCatalog } from "./secure-reading.ts";

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

/**
 * Finds the chain and holds a snapshot of it in the session, which is the snapshot's from now on; null where there is none. Throws
 * what the server says.
 */
export async function openSnapshot(
  session: Session,
  want: ChainWanted,
): Promise<Omit<ChainSnapshot, typeof Symbol.asyncDispose> | null> {
  const server = await begin(session, await askCatalog(session, () => findChain(session, want)));
  const place = await findChain(session, want);
  if (place === null) return null;
  const { identity } = server;
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
