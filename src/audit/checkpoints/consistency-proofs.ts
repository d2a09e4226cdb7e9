import { createPathRecorder } from "../merkle/path-recorder.ts";
import type { PathRecorder } from "../merkle/path-recorder.ts";
import type { MerkleFrontier } from "../merkle/frontier.ts";
import { verifyChain } from "../verify-chain.ts";
import { OpsError } from "../../errors.ts";
import type { ChainSnapshot } from "../open-snapshot.ts";

/** Proofs that the chain of a snapshot extends what it once was. */
interface Proofs {
  /** To be shown every leaf while the chain is verified. */
  readonly onLeaf: (leaf: Uint8Array, index: number, tree: MerkleFrontier) => void;
  /** RFC 6962, section 2.1.2. A size that was not foreseen costs another reading of the chain. */
  readonly prove: (oldSize: number) => Promise<readonly Uint8Array[]>;
}

/** Foresees the sizes that witnesses are known to have cosigned last. */
export function createProofs(
  { session, place }: ChainSnapshot,
  foreseen: ReadonlyMap<string, number>,
  signal: AbortSignal,
): Proofs {
  const recorders = new Map<number, PathRecorder>();
  for (const size of foreseen.values()) recorders.set(size, createPathRecorder(size - 1));
  let whole: MerkleFrontier | undefined;
  const record = (leaf: Uint8Array, _index: number, tree: MerkleFrontier): void => {
    whole = tree;
    for (const recorder of recorders.values()) recorder.push(leaf, tree);
  };
  return {
    onLeaf: record,
    async prove(oldSize) {
      if (!recorders.has(oldSize)) {
        recorders.clear();
        recorders.set(oldSize, createPathRecorder(oldSize - 1));
        await verifyChain(session, place, { onLeaf: record, signal });
      }
      try {
        const recorder = recorders.get(oldSize);
        if (recorder === undefined || whole === undefined) throw new RangeError("the chain is empty");
        return recorder.consistency(whole);
      } catch (cause) {
        if (!(cause instanceof RangeError)) throw cause;
        throw new OpsError(
          "witness-refused",
          `a witness is at size ${oldSize}, and the chain's rows do not reach back to it`,
          "a pruned chain can be proved only from its cut on: ask the witness's operator",
          { cause },
        );
      }
    },
  };
}
