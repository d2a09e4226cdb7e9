import { emptyRoot, hashChildren, isHash, isSameHash } from "./nodes.ts";

/**
 * Whether the tree of `newSize` leaves and root `newRoot` begins with the tree of `oldSize` leaves and root `oldRoot`.
 * Of trees of one size the roots must be the same, and the proof empty; every tree extends the empty one, whose root is
 * SHA-256 of nothing, with an empty proof. Sizes up to 2^53. https://www.rfc-editor.org/rfc/rfc9162#section-2.1.4.2
 */
export function verifyConsistency(
  oldSize: number,
  oldRoot: Uint8Array,
  newSize: number,
  newRoot: Uint8Array,
  proof: readonly Uint8Array[],
): boolean {
  if (!Number.isSafeInteger(oldSize) || !Number.isSafeInteger(newSize)) return false;
  if (oldSize < 0 || oldSize > newSize || !isHash(newRoot) || !proof.every(isHash)) return false;
  if (oldSize === newSize) {
    return proof.length === 0 && isSameHash(oldRoot, newRoot) && (newSize > 0 || isEmpty(newRoot));
  }
  if (oldSize === 0) return proof.length === 0 && isEmpty(oldRoot);

  let place = oldSize - 1;
  let last = newSize - 1;
  while (place % 2 === 1) {
    place = Math.floor(place / 2);
    last = Math.floor(last / 2);
  }
  // A complete old tree is a node of the new one, and its root is not told twice.
  const [start, ...rest] = place === 0 ? [oldRoot, ...proof] : proof;
  if (start === undefined) return false;
  let oldNode = start;
  let newNode = start;
  for (const sibling of rest) {
    if (last === 0) return false;
    while (place === last && place % 2 === 0) {
      place /= 2;
      last = Math.floor(last / 2);
    }
    if (place % 2 === 1) {
      oldNode = hashChildren(sibling, oldNode);
      newNode = hashChildren(sibling, newNode);
    } else newNode = hashChildren(newNode, sibling);
    place = Math.floor(place / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && isSameHash(oldNode, oldRoot) && isSameHash(newNode, newRoot);
}

function isEmpty(root: Uint8Array): boolean {
  return isSameHash(root, emptyRoot());
}
