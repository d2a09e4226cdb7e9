import type { ChainMark } from "../waypoints.ts";

/**
 * So many rows, counted from the chain's first, are one subtree of the RFC 6962 tree: blocks can be read apart, in any
 * order, and their roots joined.
 */
export const blockRows = 2 ** 16;

/** The rows behind the first `start`, up to `end`. Blocks begin at multiples of `blockRows`, but for the first one of a pruned chain. */
export interface Block {
  readonly start: number;
  readonly end: number;
}

/** What a block was found to be. Whatever is wrong with it, and where, only reading the whole chain tells. */
export interface BlockReading {
  /** All its rows are there, each gives its hashes and leads to the one before; the first to the row before the block. */
  readonly isClean: boolean;
  readonly rows: number;
  /** The row_hash that the first row must lead to; null where the chain's beginning says it. */
  readonly previous: Uint8Array | null;
  /**
   * At the end of the block: the last row's hash, and the frontier of the tree of the block's own rows (of the whole tree
   * where `base` was given).
   */
  readonly mark: ChainMark;
  /** The same at the waypoints within it, in their order. */
  readonly marks: readonly ChainMark[];
  /** Rows whose digest columns were erased. */
  readonly erased: number;
}

/** Cuts the rows behind the first `start` into blocks of `rows`, a power of two. */
export function planBlocks(start: number, end: number, rows: number): readonly Block[] {
  const blocks: Block[] = [];
  for (let from = start; from < end;) {
    const to = Math.min((Math.floor(from / rows) + 1) * rows, end);
    blocks.push({ start: from, end: to });
    from = to;
  }
  return blocks;
}
