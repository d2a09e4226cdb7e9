import { hashChildren, isHash, isSameHash } from "./nodes.ts";

/**
 * Whether the leaf at `index` of a tree of `size` leaves has this hash (SHA-256(0x00 ‖ data)), the tree's root being
 * `root`. Sizes up to 2^53. https://www.rfc-editor.org/rfc/rfc9162#section-2.1.3.2
 */
export function verifyInclusion(
  index: number,
  size: number,
  leafHash: Uint8Array,
  path: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return false;
  if (!isHash(leafHash) || !path.every(isHash)) return false;
  let place = index;
  let last = size - 1;
  let node = leafHash;
  for (const sibling of path) {
    if (last === 0) return false;
    // A node without a sibling to its right is its own parent.
    while (place === last && place % 2 === 0) {
      place /= 2;
      last = Math.floor(last / 2);
    }
    node = place % 2 === 1 ? hashChildren(sibling, node) : hashChildren(node, sibling);
    place = Math.floor(place / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && isSameHash(node, root);
}
