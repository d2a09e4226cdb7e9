import { sha256 } from "../../run/sha256.ts";
import type { MerkleFrontier } from "./frontier.ts";
import { foldSubtrees, hashChildren, levelsOf } from "./nodes.ts";

/** The growing tree as far as a recorder looks at it. */
type Tree = Pick<MerkleFrontier, "size" | "nodes">;

/**
 * Keeps what the proofs about one leaf need, in at most 54 hashes, while a tree grows over it: in one pass, whatever the
 * size that it ends with, and with no hashing but at the few leaves that complete a sibling.
 */
export interface PathRecorder {
  /** To be called for every leaf (0x00 ‖ data) just before `tree.push(leaf)`, from the tree's beginning or from a frontier on. */
  push(leaf: Uint8Array, tree: Tree): void;
  /**
   * The inclusion path of the leaf in `tree`, the leaf's sibling first (RFC 6962, section 2.1.1): the tree as it is now,
   * or as it was when it already held the leaf. Throws RangeError when the leaf was not seen: the tree is too small, or the
   * pass began after it.
   */
  inclusion(tree: Tree): Uint8Array[];
  /**
   * The proof that `tree`, now or as it was, extends that of `index + 1` leaves (RFC 6962, section 2.1.2). The pass may
   * have begun at that very size. Throws RangeError when the tree is smaller, or the pass began later.
   */
  consistency(tree: Tree): Uint8Array[];
}

/** Records the paths of the leaf at `index`, from 0; below 2^53. */
export function createPathRecorder(index: number): PathRecorder {
  const oldSize = index + 1;
  /** The subtrees before the leaf: its left siblings, the highest first. */
  let before: readonly Uint8Array[] | undefined;
  /** The subtrees up to the leaf, it included. */
  let through: readonly Uint8Array[] | undefined;
  /** The siblings to the right that are complete, the lowest first. */
  const completed: Uint8Array[] = [];
  const rightLevels = rightLevelsOf(index);
  let nextLevel = rightLevels.next().value;
  let wakeAt = index;

  return {
    push(leaf, tree) {
      const size = tree.size();
      if (size < wakeAt) return;
      look(tree);
      if (size === endOfRight(nextLevel) - 1) {
        completed.push(complete(tree.nodes(), nextLevel, leaf));
        nextLevel = rightLevels.next().value;
      }
      wakeAt = size < oldSize ? oldSize : endOfRight(nextLevel) - 1;
    },
    inclusion(tree) {
      look(tree);
      if (before === undefined || tree.size() <= index) throw unseen(`leaf ${index}`, tree);
      return siblings(tree, before, 0);
    },
    consistency(tree) {
      look(tree);
      if (through === undefined || tree.size() < oldSize) throw unseen(`the tree of ${oldSize}`, tree);
      if (tree.size() === oldSize) return [];
      const level = levelsOf(oldSize).at(-1) ?? 0;
      const path = siblings(tree, through.slice(0, -1), level);
      // The old root of a complete tree is that subtree's: whoever verifies has it.
      return through.length === 1 ? path : [...through.slice(-1), ...path];
    },
  };

  /** Nothing is known of a tree that the recorder sees for the first time at a greater size. */
  function look(tree: Tree): void {
    if (tree.size() === index) before = tree.nodes();
    else if (tree.size() === oldSize) through ??= tree.nodes();
  }

  /** The siblings of the node over the leaf at `from` and of those above it. */
  function siblings(tree: Tree, lefts: readonly Uint8Array[], from: number): Uint8Array[] {
    const size = tree.size();
    const path: Uint8Array[] = [];
    let left = lefts.length;
    let right = 0;
    for (let level = from, width = 2 ** from; width < size; level += 1, width *= 2) {
      const place = Math.floor(index / width);
      if (place % 2 === 1) {
        left -= 1;
        const node = lefts[left];
        if (node === undefined) throw unseen(`a sibling of leaf ${index}`, tree);
        path.push(node);
      } else if ((place + 1) * width < size) {
        const isComplete = endOfRight(level) <= size;
        const node = isComplete ? completed[right] : foldSubtrees(subtreesBelow(tree, level));
        right += 1;
        if (node === undefined) throw unseen(`a sibling of leaf ${index}`, tree);
        path.push(node);
      }
    }
    return path;
  }

  /** How many leaves the tree has when the right sibling at `level` is complete. */
  function endOfRight(level: number): number {
    const width = 2 ** level;
    return (Math.floor(index / width) + 2) * width;
  }
}

/** The levels at which the leaf's sibling is to its right, the lowest first; there is no last. */
function* rightLevelsOf(index: number): Generator<number, never> {
  for (let level = 0; ; level += 1) {
    if (Math.floor(index / 2 ** level) % 2 === 0) yield level;
  }
}

/** The root of the subtree at `level` that `leaf` completes; the subtrees of its other leaves are the last of `nodes`. */
function complete(nodes: readonly Uint8Array[], level: number, leaf: Uint8Array): Uint8Array {
  let root = sha256(leaf);
  for (const each of nodes.slice(nodes.length - level).toReversed()) root = hashChildren(each, root);
  return root;
}

/** The subtrees at the tree's right edge that are smaller than those of `level`. */
function subtreesBelow(tree: Tree, level: number): readonly Uint8Array[] {
  const levels = levelsOf(tree.size());
  return tree.nodes().filter((_, place) => (levels[place] ?? level) < level);
}

function unseen(what: string, tree: Tree): RangeError {
  return new RangeError(`${what} was not seen in the tree of ${tree.size()}`);
}
