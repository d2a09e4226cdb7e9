import { sha256Into } from "../../run/sha256.ts";
import { emptyRoot, foldSubtrees, levelsOf } from "./nodes.ts";

/**
 * The right edge of an RFC 6962 tree: enough to grow it by a leaf and to give its root, in at most 53 hashes, whatever its
 * size. Leaf = SHA-256(0x00 ‖ data), node = SHA-256(0x01 ‖ left ‖ right); https://www.rfc-editor.org/rfc/rfc6962#section-2.1
 */
export interface MerkleFrontier {
  /** Adds a leaf, 0x00 ‖ 32 bytes (a row_hash); it is read at once and not kept. */
  push(leaf: Uint8Array): void;
  size(): number;
  /** 32 bytes; of an empty tree SHA-256 of nothing. */
  root(): Uint8Array;
  /** Roots of the complete subtrees that `size` is made of, the largest first: what a pruned chain keeps. */
  nodes(): readonly Uint8Array[];
}

const hashBytes = 32;

/** A level of the tree: the bytes of a node, 0x01 ‖ left ‖ right, into whose halves its children are hashed in place. */
interface Level {
  readonly node: Uint8Array;
  readonly left: Uint8Array;
  readonly right: Uint8Array;
  /** Whether a left child waits for its right one: the bits of the tree's size. */
  isWaiting: boolean;
}

/** Starts empty, or where `start` (of `nodes()` at that size) left off. Throws RangeError when the two do not fit. */
export function createMerkleFrontier(start?: {
  readonly size: number;
  readonly nodes: readonly Uint8Array[];
}): MerkleFrontier {
  const levels: Level[] = [];
  let size = 0;

  if (start !== undefined) {
    const places = levelsOf(start.size);
    if (places.length !== start.nodes.length || start.nodes.some((each) => each.length !== hashBytes)) {
      throw new RangeError(`${start.nodes.length} hashes are no frontier of a tree of ${start.size} leaves`);
    }
    for (const [index, place] of places.entries()) {
      const level = levelAt(place);
      level.left.set(start.nodes[index] ?? []);
      level.isWaiting = true;
    }
    size = start.size;
  }

  return {
    push(leaf) {
      let bytes = leaf;
      let place = 0;
      let level = levelAt(0);
      while (level.isWaiting) {
        sha256Into(bytes, level.right);
        level.isWaiting = false;
        bytes = level.node;
        place += 1;
        level = levelAt(place);
      }
      sha256Into(bytes, level.left);
      level.isWaiting = true;
      size += 1;
    },
    size: () => size,
    root: () => foldSubtrees(present()) ?? emptyRoot(),
    nodes: () => present(),
  };

  function levelAt(place: number): Level {
    return (levels[place] ??= createLevel());
  }

  /** The subtrees of `size`, largest first: each waits in the left half of its level. */
  function present(): readonly Uint8Array[] {
    return levelsOf(size).map((place) => levelAt(place).left.slice());
  }
}

function createLevel(): Level {
  const node = new Uint8Array(1 + 2 * hashBytes);
  node[0] = 1;
  return {
    node,
    left: node.subarray(1, 1 + hashBytes),
    right: node.subarray(1 + hashBytes),
    isWaiting: false,
  };
}

/** 0x00 ‖ data, data being 32 bytes. */
export function leafOf(data: Uint8Array): Uint8Array {
  const leaf = new Uint8Array(1 + hashBytes);
  leaf.set(data, 1);
  return leaf;
}
