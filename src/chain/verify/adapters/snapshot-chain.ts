import type { BlockReader } from "../../../audit/blocks/block-reader.ts";
import { startBlockWorkers } from "../../../audit/blocks/start-block-workers.ts";
import { findChain } from "../../../audit/find-chain.ts";
import type { ChainPlace } from "../../../audit/find-chain.ts";
import { loadProfile } from "../../../audit/load-profile.ts";
import { verifyChain } from "../../../audit/verify-chain.ts";
import { explainServerError } from "../../../postgres/explain-error.ts";
import type { Session } from "../../../postgres/session.ts";
import { displayAddress } from "../../../postgres/settings.ts";
import type { Environment } from "../../../postgres/settings.ts";
import { noChain, openDatabase } from "../../open-database.ts";
import type { VerifyPorts } from "../ports.ts";

interface World {
  readonly env: Environment;
  readonly cwd: string;
  readonly signal: AbortSignal;
}

/** The chain of a live database, read in one REPEATABLE READ, READ ONLY transaction. */
export function snapshotChain({ env, cwd, signal }: World): VerifyPorts {
  return {
    async openChain(input) {
      const profile = input.profile === null ? undefined : await loadProfile(input.profile, cwd);
      await using stack = new AsyncDisposableStack();
      const session = stack.use(
        await openDatabase(input.dbUrl, { env, applicationName: "chain verify", signal }),
      );
      const server = await begin(session);
      const place = await findChain(session, { schema: input.schema ?? undefined, profile });
      if (place === null) {
        const profileName = input.profile === null ? "" : ` of profile ${input.profile}`;
        throw noChain(session, `${profileName}${input.schema === null ? "" : ` in schema ${input.schema}`}`);
      }
      const readers = await startReaders(input.jobs, session, place, signal);
      for (const reader of readers) stack.use(reader);
      const owned = stack.move();
      return {
        facts: {
          address: displayAddress(session.settings),
          serverVersion: session.serverVersion,
          ...server,
          schema: place.schema,
          table: place.definition.table,
          profile: place.profile,
          isCustody: place.definition.rules !== undefined,
        },
        verify: (onProgress) =>
          verifyChain(session, place, { limitFindings: input.limitFindings, readers, onProgress, signal }),
        [Symbol.asyncDispose]: () => owned.disposeAsync(),
      };
    },
  };
}

async function begin(session: Session): Promise<{ isStandby: boolean; isSuperuser: boolean }> {
  try {
    await session.sql.unsafe("begin isolation level repeatable read read only");
    const [server] = await session.sql<{ standby: boolean; superuser: boolean }[]>`
      select pg_catalog.pg_is_in_recovery() as standby,
             pg_catalog.current_setting('is_superuser') = 'on' as superuser`;
    return { isStandby: server?.standby === true, isSuperuser: server?.superuser === true };
  } catch (error) {
    throw explainServerError(error, "opening a snapshot");
  }
}

/** More than one job: as many threads with sessions in the snapshot of this one. A chain without numbers is read by this one alone. */
async function startReaders(
  jobs: number,
  session: Session,
  place: ChainPlace,
  signal: AbortSignal,
): Promise<readonly BlockReader[]> {
  if (jobs === 1 || place.definition.order !== "seq") return [];
  try {
    const [row] = await session.sql<
      { snapshot: string }[]
    >`select pg_catalog.pg_export_snapshot() as snapshot`;
    return startBlockWorkers(
      jobs,
      { settings: session.settings, place, snapshot: row?.snapshot ?? "" },
      signal,
    );
  } catch (error) {
    throw explainServerError(error, "exporting the snapshot");
  }
}
