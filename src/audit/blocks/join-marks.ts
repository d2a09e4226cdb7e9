import { createHash } from "node:crypto";
import type { ChainMark } from "../waypoints.ts";

interface Subtree {
  /** How many leaves it has: a power of two. */
  readonly leaves: number;
  readonly root: Uint8Array;
}

/**
 * The mark of a chain whose first rows gave `left` and the rows after them `right`. Exact where `left.size` is a multiple
 * of the smallest power of two that is not below `right.size`, as it is at the beginning of a block.
 * Nodes are joined as in https://www.rfc-editor.org/rfc/rfc6962#section-2.1
 */
export function joinMarks(left: ChainMark, right: ChainMark): ChainMark {
  const trees = subtreesOf(left);
  for (const each of subtreesOf(right)) {
    let tree = each;
    for (let before = trees.at(-1); before?.leaves === tree.leaves; before = trees.at(-1)) {
      trees.pop();
      tree = { leaves: 2 * tree.leaves, root: nodeOf(before.root, tree.root) };
    }
    trees.push(tree);
  }
  return {
    size: left.size + right.size,
    rowHash: right.size === 0 ? left.rowHash : right.rowHash,
    frontier: trees.map((each) => each.root),
  };
}

/** The complete subtrees that a frontier is made of, the largest first. */
function subtreesOf({ size, frontier }: ChainMark): Subtree[] {
  const bits = size.toString(2);
  const leaves = bits
    .split("")
    .flatMap((bit, index) => (bit === "1" ? [2 ** (bits.length - 1 - index)] : []));
  return frontier.map((root, index) => ({ leaves: leaves[index] ?? 0, root }));
}

function nodeOf(left: Uint8Array, right: Uint8Array): Uint8Array {
  return new Uint8Array(createHash("sha256").update(Uint8Array.of(1)).update(left).update(right).digest());
}
