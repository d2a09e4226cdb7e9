import { sha256 } from "../../run/sha256.ts";

/** Nodes of an RFC 6962 tree, 32 bytes each. https://www.rfc-editor.org/rfc/rfc6962#section-2.1 */

const hashBytes = 32;

/** SHA-256(0x01 ‖ left ‖ right). */
export function hashChildren(left: Uint8Array, right: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + 2 * hashBytes);
  bytes[0] = 1;
  bytes.set(left, 1);
  bytes.set(right, 1 + hashBytes);
  return sha256(bytes);
}

/** The root over complete subtrees that stand side by side, the largest first; undefined over none. */
export function foldSubtrees(nodes: readonly Uint8Array[]): Uint8Array | undefined {
  let root: Uint8Array | undefined;
  for (const each of nodes.toReversed()) root = root === undefined ? each : hashChildren(each, root);
  return root;
}

/** The root of the tree without leaves: SHA-256 of nothing. */
export function emptyRoot(): Uint8Array {
  return sha256(new Uint8Array(0));
}

/** The levels of the complete subtrees that a tree of `size` leaves is made of, the highest first; a leaf's level is 0. */
export function levelsOf(size: number): readonly number[] {
  return size
    .toString(2)
    .split("")
    .flatMap((bit, index, bits) => (bit === "1" ? [bits.length - 1 - index] : []));
}

/** Whether `node` is a hash, and the hash `expected`. */
export function isSameHash(node: Uint8Array, expected: Uint8Array): boolean {
  return node.length === hashBytes && expected.length === hashBytes && Buffer.compare(node, expected) === 0;
}

export function isHash(node: Uint8Array): boolean {
  return node.length === hashBytes;
}
