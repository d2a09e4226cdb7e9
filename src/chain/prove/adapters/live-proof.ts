import { resolve } from "node:path";
import { formatEventProof } from "../../../audit/proof/event-proof.ts";
import { findEvents } from "../../../audit/proof/find-events.ts";
import { createProofCollector } from "../../../audit/proof/proof-collector.ts";
import { proofHeader } from "../../../audit/proof/tlog-proof.ts";
import { verifyChain } from "../../../audit/verify-chain.ts";
import type { Environment } from "../../../postgres/settings.ts";
import { openAtomicFile } from "../../../run/atomic-file.ts";
import { readGivenCheckpoint } from "../../given-checkpoint.ts";
import { openChain } from "../../open-chain.ts";
import { readTrust } from "../../read-trust.ts";
import { requireReplaceable } from "../../replaceable.ts";
import type { ProvePorts } from "../ports.ts";

interface World {
  readonly env: Environment;
  readonly cwd: string;
  readonly signal: AbortSignal;
}

/** The chain of a live database in one snapshot, a checkpoint of a file. */
export function liveProof(world: World): ProvePorts {
  const { cwd, signal } = world;
  return {
    async readCheckpoint(input) {
      return readGivenCheckpoint(input.checkpoint, cwd, await readTrust(input, cwd));
    },
    async openChain(input) {
      const chain = await openChain(input, world, "chain prove");
      const { session, place } = chain;
      const profile = place.definition;
      return {
        facts: chain.facts,
        identity: chain.identity,
        async prove(id, { head, note }, onProgress) {
          const collector = createProofCollector(profile, await findEvents(session, place, [id]));
          const options = { waypoints: [head.size], onProgress, signal };
          const verification = await verifyChain(session, place, { ...options, ...collector });
          const mark = verification.waypoints.get(head.size);
          const found = mark === undefined ? null : collector.proofAt(id, mark);
          return {
            verification,
            index: collector.indexOf(id),
            proof: found === null ? null : formatEventProof({ ...found, profile, checkpoint: note }),
          };
        },
        [Symbol.asyncDispose]: () => chain[Symbol.asyncDispose](),
      };
    },
    openProof(path) {
      const absolute = resolve(cwd, path);
      requireReplaceable(absolute, path, "proof", (text) => text.startsWith(proofHeader));
      return openAtomicFile(absolute, { mode: 0o600 });
    },
  };
}
