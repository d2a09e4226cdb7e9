import type { BlockReader } from "../../../audit/blocks/block-reader.ts";
import { startBlockWorkers } from "../../../audit/blocks/start-block-workers.ts";
import { verifyChain } from "../../../audit/verify-chain.ts";
import { explainServerError } from "../../../postgres/explain-error.ts";
import type { Environment } from "../../../postgres/settings.ts";
import { openChain } from "../../open-chain.ts";
import type { ChainSnapshot } from "../../../audit/open-snapshot.ts";
import { readAnchors } from "../../read-anchors.ts";
import { readSigningKey } from "../../../audit/note/read-signing-key.ts";
import { readTrust } from "../../read-trust.ts";
import { stateFolder } from "../../state-folder.ts";
import type { VerifyPorts } from "../ports.ts";
import { acceptRestore, requireAcceptor } from "./accept-restore.ts";

interface World {
  readonly env: Environment;
  readonly cwd: string;
  readonly configPath: string | null;
  readonly signal: AbortSignal;
}

/** The chain of a live database in one snapshot, and the checkpoints of files. */
export function snapshotChain(world: World): VerifyPorts {
  const { cwd, signal } = world;
  return {
    async readAnchors(input) {
      const trust = await readTrust(input, cwd);
      if (input.acceptance !== null) requireAcceptor(await readSigningKey(input.acceptance.key, cwd), trust);
      const stateDir = await stateFolder(input.state, world);
      return readAnchors(input.checkpoints, { trust, stateDir, cwd });
    },

    async openChain(input) {
      await using stack = new AsyncDisposableStack();
      const chain = stack.use(await openChain(input, world, "chain verify"));
      const readers = await startReaders(input.jobs, chain, signal);
      for (const reader of readers) stack.use(reader);
      const owned = stack.move();
      return {
        facts: chain.facts,
        identity: chain.identity,
        verify: (waypoints, onProgress) =>
          verifyChain(chain.session, chain.place, {
            limitFindings: input.limitFindings,
            waypoints,
            readers,
            onProgress,
            signal,
          }),
        [Symbol.asyncDispose]: () => owned.disposeAsync(),
      };
    },

    now: () => new Date(),

    async acceptRestore(input, restore) {
      const { acceptance } = input;
      if (acceptance === null) throw new RangeError("nobody accepts this restore");
      const key = await readSigningKey(acceptance.key, cwd);
      const trust = await readTrust(input, cwd);
      const stateDir = await stateFolder(input.state, world);
      return acceptRestore(restore, { key, reason: acceptance.reason, trust, stateDir, cwd });
    },
  };
}

/** More than one job: as many threads with sessions in the snapshot of this one. A chain without numbers is read by this one alone. */
async function startReaders(
  jobs: number,
  { session, place }: ChainSnapshot,
  signal: AbortSignal,
): Promise<readonly BlockReader[]> {
  if (jobs === 1 || place.definition.order !== "seq") return [];
  try {
    const [row] = await session.sql<
      { snapshot: string }[]
    >`select pg_catalog.pg_export_snapshot() as snapshot`;
    const start = { settings: session.settings, place, snapshot: row?.snapshot ?? "" };
    return startBlockWorkers(jobs, start, signal);
  } catch (error) {
    throw explainServerError(error, "exporting the snapshot");
  }
}
