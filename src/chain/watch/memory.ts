import type { BlockTable } from "../../audit/blocks/block-table.ts";
import type { ChainMark } from "../../audit/waypoints.ts";

/** Which chain, on which server; null where the profile or the role's rights do not tell. */
export interface ChainIdentity {
  readonly chainId: string | null;
  readonly systemIdentifier: string | null;
  readonly timeline: number | null;
}

/**
 * What watch knows of a chain: only ever what a verification without findings saw. A later chain must extend it.
 * Times are Unix milliseconds.
 */
export interface WatchMemory {
  readonly identity: ChainIdentity;
  /** WAL position by which all of it was written: a standby that has not replayed so far is behind, not cut. */
  readonly lsn: string | null;
  /** The newest row that was verified, and the tree's root then (RFC 6962, 32 bytes). */
  readonly tip: { readonly size: number; readonly root: Uint8Array };
  /** Where the next incremental reading begins, a few rows before the tip; null: at the chain's beginning. */
  readonly mark: ChainMark | null;
  /** Null in profiles that cannot be read in blocks. */
  readonly table: BlockTable | null;
  /** The pass over all of history: the block that is next, and when the pass began. */
  readonly pass: { readonly next: number; readonly startedAt: number };
  /** Which checkpoints it was compared with: a digest of their texts, hex. */
  readonly checkpoints: string;
  /** Which acceptances of restores were known when all was read, by `acceptanceKey`; null where that was not kept. */
  readonly acceptances: readonly string[] | null;
  /** Every row that was there then has been hashed again since. */
  readonly allReadSince: number;
}
