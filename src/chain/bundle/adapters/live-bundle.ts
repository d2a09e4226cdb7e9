import { resolve } from "node:path";
import { findEvents } from "../../../audit/proof/find-events.ts";
import { createProofCollector } from "../../../audit/proof/proof-collector.ts";
import { createRowCodec } from "../../../audit/rows/row-codec.ts";
import { verifyChain } from "../../../audit/verify-chain.ts";
import type { BinaryRow } from "../../../postgres/copy-binary.ts";
import type { Environment } from "../../../postgres/settings.ts";
import { openNewFolder } from "../../../run/new-folder.ts";
import { readGivenFiles } from "../../given-files.ts";
import { openChain } from "../../open-chain.ts";
import type { BundlePorts } from "../ports.ts";

interface World {
  readonly env: Environment;
  readonly cwd: string;
  readonly signal: AbortSignal;
}

/** The chain of a live database in one snapshot, checkpoints and keys of files, a folder. */
export function liveBundle(world: World): BundlePorts {
  const { cwd, signal } = world;
  return {
    readGiven: (input) => readGivenFiles(input, cwd),
    openFolder: (path) => openNewFolder(resolve(cwd, path)),
    async openChain(input) {
      const chain = await openChain(input, world, "chain bundle");
      const { session, place } = chain;
      const profile = place.definition;
      return {
        facts: chain.facts,
        identity: chain.identity,
        profile,
        async gather(events, sizes, onLine, onProgress) {
          const proofs = createProofCollector(profile, await findEvents(session, place, events));
          const codec = createRowCodec(profile);
          const onRow = (row: BinaryRow): void => {
            onLine(codec.write(row));
            proofs.onRow(row);
          };
          const options = { waypoints: sizes, onProgress, signal };
          const verification = await verifyChain(session, place, { ...options, ...proofs, onRow });
          return { verification, proofs };
        },
        [Symbol.asyncDispose]: () => chain[Symbol.asyncDispose](),
      };
    },
  };
}
