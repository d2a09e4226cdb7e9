import type { BinaryRow } from "../../postgres/copy-binary.ts";
import { toHex } from "../../run/sha256.ts";
import { createMerkleFrontier } from "../merkle/frontier.ts";
import type { MerkleFrontier } from "../merkle/frontier.ts";
import { createPathRecorder } from "../merkle/path-recorder.ts";
import type { PathRecorder } from "../merkle/path-recorder.ts";
import type { ChainProfile } from "../profile.ts";
import { textField } from "../row-bytes.ts";
import { createRowCheck } from "../row-check.ts";
import { createRowCodec } from "../rows/row-codec.ts";
import type { ChainMark } from "../waypoints.ts";
import type { EventProof } from "./event-proof.ts";

/** An event whose proof is wanted; its row_hash finds its leaf wherever the links lead to it. */
export interface WantedEvent {
  readonly id: string;
  /** 32 bytes. */
  readonly rowHash: Uint8Array;
}

/** Gathers, while a chain is walked, what proofs of some of its events need. Hand `onLeaf` and `onRow` to the verification. */
export interface ProofCollector {
  onLeaf(leaf: Uint8Array, index: number, tree: MerkleFrontier): void;
  onRow(row: BinaryRow): void;
  /** The index of an event's leaf; null when it was not seen. */
  indexOf(id: string): number | null;
  /** What the proof of an event in the tree at `mark` is made of; null when the tree does not hold it. */
  proofAt(id: string, mark: ChainMark): Pick<EventProof, "index" | "path" | "line"> | null;
}

export function createProofCollector(profile: ChainProfile, wanted: readonly WantedEvent[]): ProofCollector {
  const { idField } = createRowCheck(profile);
  const codec = createRowCodec(profile);
  /** By row_hash, as long as the leaf was not seen. */
  const awaited = new Map(wanted.map(({ id, rowHash }) => [toHex(rowHash), id]));
  /** A leaf is only looked up where its first byte is that of an awaited one. */
  const firstBytes = new Set(wanted.map(({ rowHash }) => rowHash[0]));
  const ids = new Set(wanted.map(({ id }) => id));
  const recorders = new Map<string, { readonly index: number; readonly recorder: PathRecorder }>();
  const lines = new Map<string, string>();

  return {
    onLeaf(leaf, index, tree) {
      if (awaited.size > 0 && firstBytes.has(leaf[1])) {
        const hash = toHex(leaf.subarray(1));
        const id = awaited.get(hash);
        if (id !== undefined) {
          awaited.delete(hash);
          recorders.set(id, { index, recorder: createPathRecorder(index) });
        }
      }
      for (const { recorder } of recorders.values()) recorder.push(leaf, tree);
    },
    onRow(row) {
      if (lines.size === ids.size) return;
      const id = textField(row, idField);
      if (ids.has(id)) lines.set(id, codec.write(row));
    },
    indexOf: (id) => recorders.get(id)?.index ?? null,
    proofAt(id, mark) {
      const found = recorders.get(id);
      const line = lines.get(id);
      if (found === undefined || line === undefined || found.index >= mark.size) return null;
      const tree = createMerkleFrontier({ size: mark.size, nodes: mark.frontier });
      return { index: found.index, path: found.recorder.inclusion(tree), line };
    },
  };
}
