import { createMerkleFrontier } from "./merkle/frontier.ts";
import type { MerkleFrontier } from "./merkle/frontier.ts";

/** What the rows of a chain after the first `size` stand on. */
export interface ChainMark {
  readonly size: number;
  /** Of the last of them; empty where there is none. */
  readonly rowHash: Uint8Array;
  /** Of the RFC 6962 tree of `size` leaves. */
  readonly frontier: readonly Uint8Array[];
}

/** Sizes at which a walk is to remember what the chain was. */
export interface Waypoints {
  /** The next of them; Infinity when there is none any more. The walk calls `reach` when its chain is of this size. */
  next: number;
  reach(rowHash: Uint8Array, frontier: MerkleFrontier): void;
  /** Those that were reached, by size. */
  reached(): ReadonlyMap<number, ChainMark>;
}

/** `base` is what the walk begins with: a waypoint at its size is reached at once, one before it never. */
export function createWaypoints(sizes: readonly number[], base: ChainMark | null): Waypoints {
  const start = base?.size ?? 0;
  const wanted = [...new Set(sizes)].filter((each) => each >= start).toSorted((left, right) => left - right);
  const reached = new Map<number, ChainMark>();
  if (wanted[0] === start) {
    wanted.shift();
    const { rowHash, frontier } = base ?? { rowHash: new Uint8Array(0), frontier: [] };
    reached.set(start, { size: start, rowHash, frontier });
  }
  const waypoints: Waypoints = {
    next: wanted[0] ?? Infinity,
    reach(rowHash, frontier) {
      reached.set(frontier.size(), {
        size: frontier.size(),
        rowHash: rowHash.slice(),
        frontier: frontier.nodes(),
      });
      wanted.shift();
      waypoints.next = wanted[0] ?? Infinity;
    },
    reached: () => reached,
  };
  return waypoints;
}

/** The RFC 6962 root of the tree at a mark, 32 bytes. */
export function rootAt(mark: ChainMark): Uint8Array {
  return createMerkleFrontier({ size: mark.size, nodes: mark.frontier }).root();
}
