import { createMerkleFrontier } from "../merkle/frontier.ts";
import type { ChainMark } from "../waypoints.ts";
import { blockRows } from "./block.ts";
import { joinMarks } from "./join-marks.ts";

const noNodes: readonly Uint8Array[] = [];

/** What a block was when it was verified: 64 bytes that stand for 65 536 rows. */
export interface KnownBlock {
  /** Of its own RFC 6962 subtree. */
  readonly root: Uint8Array;
  /** The row_hash of its last row. */
  readonly lastHash: Uint8Array;
}

/** The full blocks of a chain from block `first` on (`first` × `blockRows` rows lie before it). */
export interface BlockTable {
  readonly first: number;
  /** The frontier of the tree of what lies before: the roots of its subtrees, the largest first. */
  readonly below: readonly Uint8Array[];
  readonly blocks: readonly KnownBlock[];
}

/** The table that a reading from `base` on begins with; null is the chain's beginning. */
export function emptyTable(base: ChainMark | null): BlockTable {
  if (base === null) return { first: 0, below: noNodes, blocks: [] };
  const first = Math.floor(base.size / blockRows);
  return { first, below: base.frontier.slice(0, bitsOf(first).length), blocks: [] };
}

/** Gathers the blocks that the leaves behind `from` complete. */
export interface BlockRecorder {
  /** Takes the next leaf, 0x00 ‖ row_hash; its bytes are not kept. */
  push(leaf: Uint8Array): void;
  /** Those that are full by now. */
  blocks(): readonly KnownBlock[];
}

export function createBlockRecorder(from: ChainMark | null): BlockRecorder {
  const blocks: KnownBlock[] = [];
  const size = from === null ? 0 : from.size % blockRows;
  let frontier = createMerkleFrontier(
    from === null || size === 0
      ? undefined
      : { size, nodes: from.frontier.slice(bitsOf(Math.floor(from.size / blockRows)).length) },
  );
  return {
    push(leaf) {
      frontier.push(leaf);
      if (frontier.size() < blockRows) return;
      blocks.push({ root: frontier.root(), lastHash: leaf.slice(1) });
      frontier = createMerkleFrontier();
    },
    blocks: () => blocks,
  };
}

/** Adds blocks that were recorded from a mark within the first block that the table does not have. */
export function extendTable(table: BlockTable, blocks: readonly KnownBlock[]): BlockTable {
  return blocks.length === 0 ? table : { ...table, blocks: [...table.blocks, ...blocks] };
}

/** The number of the first block that is not in the table. */
export function endOf(table: BlockTable): number {
  return table.first + table.blocks.length;
}

/**
 * What the rows behind the first `index` blocks stand on, for `first` < `index` ≤ the table's end; null elsewhere. It takes a hash
 * for each block before.
 */
export function markBefore(table: BlockTable, index: number): ChainMark | null {
  if (index <= table.first || index > endOf(table)) return null;
  const below: ChainMark = {
    size: table.first * blockRows,
    rowHash: new Uint8Array(0),
    frontier: table.below,
  };
  return table.blocks
    .slice(0, index - table.first)
    .reduce<ChainMark>(
      (left, { root, lastHash }) => joinMarks(left, { size: blockRows, rowHash: lastHash, frontier: [root] }),
      below,
    );
}

/** Of the row before block `index`; null where the table does not know it. */
export function hashBefore(table: BlockTable, index: number): Uint8Array | null {
  return table.blocks[index - 1 - table.first]?.lastHash ?? null;
}

/** The places of the bits that are set, the highest first. Not by shifts: a chain may have more than 2^31 rows. */
function bitsOf(count: number): readonly number[] {
  return count
    .toString(2)
    .split("")
    .flatMap((bit, index, bits) => (bit === "1" ? [bits.length - 1 - index] : []));
}
