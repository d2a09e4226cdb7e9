import { createHash } from "node:crypto";
import { createMerkleFrontier } from "../../src/audit/merkle/frontier.ts";
import type { MerkleFrontier } from "../../src/audit/merkle/frontier.ts";
import { createPathRecorder } from "../../src/audit/merkle/path-recorder.ts";
import type { PathRecorder } from "../../src/audit/merkle/path-recorder.ts";

/** The definitions of RFC 6962, section 2.1, as they are written there: the oracle of what is done in one pass. */

const hash = (...parts: Uint8Array[]): Uint8Array => {
  const digest = createHash("sha256");
  for (const part of parts) digest.update(part);
  return new Uint8Array(digest.digest());
};

/** The largest power of two smaller than `count`. */
const splitOf = (count: number): number => 2 ** Math.ceil(Math.log2(count) - 1);

/** A list of leaves whose subtrees' roots are computed once. */
export interface NaiveTree {
  root(from: number, to: number): Uint8Array;
  /** PATH(m, D[from:to]) */
  path(m: number, from: number, to: number): Uint8Array[];
  /** PROOF(m, D[0:n]) */
  proof(m: number, n: number): Uint8Array[];
}

/** `leaves` are 0x00 ‖ data. */
export function naiveTree(leaves: readonly Uint8Array[]): NaiveTree {
  const known = new Map<string, Uint8Array>();
  const tree: NaiveTree = {
    root(from, to) {
      const key = `${from}:${to}`;
      const root = known.get(key) ?? compute(from, to);
      known.set(key, root);
      return root;
    },
    path(m, from, to) {
      if (to - from <= 1) return [];
      const k = splitOf(to - from);
      return m < k
        ? [...tree.path(m, from, from + k), tree.root(from + k, to)]
        : [...tree.path(m - k, from + k, to), tree.root(from, from + k)];
    },
    proof: (m, n) => subproof(m, 0, n, true),
  };
  return tree;

  function compute(from: number, to: number): Uint8Array {
    if (to === from) return hash();
    if (to - from === 1) return hash(leaves[from]!);
    const k = splitOf(to - from);
    return hash(Uint8Array.of(1), tree.root(from, from + k), tree.root(from + k, to));
  }

  function subproof(m: number, from: number, to: number, isWhole: boolean): Uint8Array[] {
    if (m === to - from) return isWhole ? [] : [tree.root(from, to)];
    const k = splitOf(to - from);
    return m <= k
      ? [...subproof(m, from, from + k, isWhole), tree.root(from + k, to)]
      : [...subproof(m - k, from + k, to, false), tree.root(from, from + k)];
  }
}

export const leafHash = (leaf: Uint8Array): Uint8Array => hash(leaf);

/** `count` leaves, 0x00 ‖ 32 bytes, no two alike. */
export function testLeaves(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, index) =>
    Uint8Array.of(0, ...createHash("sha256").update(String(index)).digest()),
  );
}

/** Grows a tree to `size` from its first leaf, or from its frontier at `from`, with a recorder for `index`. */
export function recordPath(
  leaves: readonly Uint8Array[],
  index: number,
  size: number,
  from = 0,
): { readonly tree: MerkleFrontier; readonly recorder: PathRecorder } {
  const base = createMerkleFrontier();
  for (const leaf of leaves.slice(0, from)) base.push(leaf);
  const tree = createMerkleFrontier({ size: from, nodes: base.nodes() });
  const recorder = createPathRecorder(index);
  for (const leaf of leaves.slice(from, size)) {
    recorder.push(leaf, tree);
    tree.push(leaf);
  }
  return { tree, recorder };
}

export const hexAll = (nodes: readonly Uint8Array[]): string[] =>
  nodes.map((each) => Buffer.from(each).toString("hex"));
