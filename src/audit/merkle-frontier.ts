import { sha256, sha256Into, toHex } from "./sha256.ts";

/**
 * The right edge of an RFC 6962 tree: enough to grow it by a leaf and to give its root, in at most 53 hashes, whatever its
 * size. Leaf = SHA-256(0x00 ‖ data), node = SHA-256(0x01 ‖ left ‖ right); https://www.rfc-editor.org/rfc/rfc6962#section-2.1
 */
export interface MerkleFrontier {
  /** Adds a leaf; `data` is 32 bytes (a row_hash), read at once and not kept. */
  push(data: Uint8Array): void;
  size(): number;
  /** 32 bytes; of an empty tree SHA-256 of nothing. */
  root(): Uint8Array;
  /** Roots of the complete subtrees that `size` is made of, the largest first: what a pruned chain keeps. */
  nodes(): readonly Uint8Array[];
}

const hashBytes = 32;

/** Starts empty, or where `start` (of `nodes()` at that size) left off. Throws RangeError when the two do not fit. */
export function createMerkleFrontier(start?: {
  readonly size: number;
  readonly nodes: readonly Uint8Array[];
}): MerkleFrontier {
  const levels: (Uint8Array | undefined)[] = [];
  const leaf = new Uint8Array(1 + hashBytes);
  const node = new Uint8Array(1 + 2 * hashBytes);
  const carry = new Uint8Array(hashBytes);
  node[0] = 1;
  let size = 0;

  if (start !== undefined) {
    const places = start.size
      .toString(2)
      .split("")
      .toReversed()
      .flatMap((bit, level) => (bit === "1" ? [level] : []));
    if (places.length !== start.nodes.length || start.nodes.some((each) => each.length !== hashBytes)) {
      throw new RangeError(`${start.nodes.length} hashes are no frontier of a tree of ${start.size} leaves`);
    }
    for (const [index, level] of places.toReversed().entries()) levels[level] = start.nodes[index]?.slice();
    size = start.size;
  }

  return {
    push(data) {
      leaf.set(data, 1);
      sha256Into(leaf, carry);
      let level = 0;
      for (let rest = size; rest % 2 === 1; rest = (rest - 1) / 2) {
        const left = levels[level];
        if (left === undefined) break;
        node.set(left, 1);
        node.set(carry, 1 + hashBytes);
        sha256Into(node, carry);
        level += 1;
      }
      const place = (levels[level] ??= new Uint8Array(hashBytes));
      place.set(carry);
      size += 1;
    },
    size: () => size,
    root() {
      let root: Uint8Array | undefined;
      for (const each of present().toReversed()) root = root === undefined ? each : join(each, root);
      return root ?? sha256(new Uint8Array(0));
    },
    nodes: () => present(),
  };

  /** The subtrees of `size`, largest first. Levels that are not of it hold what was there before. */
  function present(): readonly Uint8Array[] {
    return size
      .toString(2)
      .split("")
      .map((bit, index, bits) => (bit === "1" ? levels[bits.length - 1 - index] : undefined))
      .filter((each) => each !== undefined)
      .map((each) => each.slice());
  }
}

function join(left: Uint8Array, right: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + 2 * hashBytes);
  bytes[0] = 1;
  bytes.set(left, 1);
  bytes.set(right, 1 + hashBytes);
  return sha256(bytes);
}

export function rootHex(frontier: MerkleFrontier): string {
  return toHex(frontier.root());
}
