import type { Block, BlockReading } from "../../audit/blocks/block.ts";
import type { BlockTable, KnownBlock } from "../../audit/blocks/block-table.ts";
import type { Anchors } from "../../audit/checkpoints/judge-anchors.ts";
import type { ClusterIdentity } from "../../audit/note/identity.ts";
import type { ChainVerification } from "../../audit/verify-chain.ts";
import type { ChainMark } from "../../audit/waypoints.ts";
import type { WatchedFacts } from "./events.ts";
import type { ChainIdentity, WatchMemory } from "./memory.ts";
import type { WatchStatus } from "./status.ts";

export interface WatchPorts {
  /** Connects and finds the chain; `onNotice` is called at each NOTIFY. Throws `no-chain`, and what connecting throws. */
  connect(onNotice: () => void): Promise<WatchedChain>;
  /** The checkpoints as their files are now. Throws what reading them throws. */
  readAnchors(): Promise<Anchors>;
  readonly memory: MemoryStore;
  readonly clock: Clock;
  readonly board: StatusBoard;
}

/** One session. Every reading is a snapshot of its own; each throws `OpsError` when the server cannot be read. */
export interface WatchedChain extends AsyncDisposable {
  readonly facts: WatchedFacts;
  readonly identity: ChainIdentity;
  /** What could not be done as asked, such as LISTEN on a standby. */
  readonly notes: readonly string[];
  read(request: ReadRequest, onProgress: (rows: number, total?: number) => void): Promise<Reading>;
  readBlock(block: Block, from: BlockStart): Promise<BlockReading>;
  /** Something that differs when rows were appended or removed at the end. */
  look(): Promise<string>;
}

/** What the first row of a block must lead to; behind a `base`, the reading's mark is one of the whole tree. */
export type BlockStart = "beginning" | { readonly previous: Uint8Array } | { readonly base: ChainMark };

export interface ReadRequest {
  /** Null reads everything. */
  readonly since: ChainMark | null;
  /** Sizes at which the chain is to be marked. */
  readonly waypoints: readonly number[];
  /** Compares erased rows and the events that record them in all of the chain. */
  readonly allErasures?: boolean;
}

/** What one snapshot showed. */
export interface Reading {
  readonly identity: ChainIdentity;
  /** Null where the role may not ask. */
  readonly cluster: ClusterIdentity | null;
  readonly isStandby: boolean;
  /** WAL positions before the snapshot was taken and after. */
  readonly lsnBefore: string | null;
  readonly lsnAfter: string | null;
  /** What the chain begins with now: null unless it was pruned. */
  readonly base: ChainMark | null;
  /** Rows with numbers that no row can have: nothing that reads in parts passes them. */
  readonly strays: number;
  readonly result: ChainVerification;
  /** An empty table where the reading began, and the blocks that it completed; null in profiles without. */
  readonly recorded: { readonly table: BlockTable; readonly blocks: readonly KnownBlock[] } | null;
}

/** Durable, and written only with what a verification without findings saw. One process at a time works with a chain's. */
export interface MemoryStore extends AsyncDisposable {
  /** Null when there is none yet. Throws `file-unreadable` for what cannot be read or is damaged, `state-in-use`. */
  load(
    chain: WatchedFacts,
    identity: ChainIdentity,
  ): Promise<{ readonly path: string; readonly memory: WatchMemory | null }>;
  /** Throws `file-unwritable`. */
  save(memory: WatchMemory): void;
}

export interface Clock {
  /** Unix milliseconds. */
  now(): number;
  /** Resolves when the time has passed or the signal has fired. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

/** Where metrics and health are read from; never in the path of a decision. */
export interface StatusBoard {
  publish(status: WatchStatus): void;
}
