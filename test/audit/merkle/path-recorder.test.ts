import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { createMerkleFrontier, leafOf } from "../../../src/audit/merkle/frontier.ts";
import { createPathRecorder } from "../../../src/audit/merkle/path-recorder.ts";
import { verifyConsistency } from "../../../src/audit/merkle/verify-consistency.ts";
import { verifyInclusion } from "../../../src/audit/merkle/verify-inclusion.ts";
import { custodyVectors } from "../../support/chain-database.ts";
import { hexAll, leafHash, naiveTree, recordPath, testLeaves } from "../../support/merkle.ts";

const vectors = JSON.parse(
  readFileSync(new URL("../../fixtures/vectors/merkle-rfc6962.json", import.meta.url), "utf8"),
) as { readonly proofs: readonly { index: number; size: number; path_hex: string[] }[] };

describe("the path recorder", () => {
  test("gives the vectors' inclusion paths", () => {
    const leaves = custodyVectors.map((row) => leafOf(Buffer.from(row.row_hash, "hex")));
    for (const { index, size, path_hex: path } of vectors.proofs) {
      const { tree, recorder } = recordPath(leaves, index, size);
      expect(hexAll(recorder.inclusion(tree))).toEqual(path);
    }
    expect(vectors.proofs.length).toBeGreaterThan(0);
  });

  test("gives the definition's paths and proofs for every leaf of every tree up to 70, as the tree grows", () => {
    const leaves = testLeaves(70);
    const naive = naiveTree(leaves);
    for (let index = 0; index < 70; index += 1) {
      const tree = createMerkleFrontier();
      const recorder = createPathRecorder(index);
      for (const [at, leaf] of leaves.entries()) {
        recorder.push(leaf, tree);
        tree.push(leaf);
        const size = at + 1;
        if (size <= index) continue;
        expect(hexAll(recorder.inclusion(tree))).toEqual(hexAll(naive.path(index, 0, size)));
        expect(hexAll(recorder.consistency(tree))).toEqual(hexAll(naive.proof(index + 1, size)));
      }
    }
  });

  test("gives the paths in a tree that has grown since, as it was", () => {
    const leaves = testLeaves(70);
    const naive = naiveTree(leaves);
    for (let index = 0; index < 70; index += 1) {
      const { recorder } = recordPath(leaves, index, 70);
      for (let size = index + 1; size <= 70; size += 1) {
        const { tree } = recordPath(leaves, index, size);
        expect(hexAll(recorder.inclusion(tree))).toEqual(hexAll(naive.path(index, 0, size)));
        expect(hexAll(recorder.consistency(tree))).toEqual(hexAll(naive.proof(index + 1, size)));
      }
    }
  });

  test("begins at any frontier up to the leaf, and at the old size itself for consistency", () => {
    const leaves = testLeaves(70);
    const naive = naiveTree(leaves);
    for (let from = 0; from < 70; from += 1) {
      for (const index of [from - 1, from, from + 1, from + 5, 69].filter((each) => each >= 0 && each < 70)) {
        for (const size of [index + 1, index + 2, index + 7, 64, 70].filter((n) => n > index && n <= 70)) {
          const { tree, recorder } = recordPath(leaves, index, size, from);
          expect(hexAll(recorder.consistency(tree))).toEqual(hexAll(naive.proof(index + 1, size)));
          if (index >= from) {
            expect(hexAll(recorder.inclusion(tree))).toEqual(hexAll(naive.path(index, 0, size)));
          } else if (index > 0) expect(() => recorder.inclusion(tree)).toThrow(RangeError);
        }
      }
    }
  });

  test("gives proofs that verify in larger trees, from any frontier", () => {
    const leaves = testLeaves(5000);
    const naive = naiveTree(leaves);
    fc.assert(
      fc.property(fc.nat(4999), fc.nat(4999), fc.nat(4999), (one, two, three) => {
        const [from, index, last] = [one, two, three].toSorted((a, b) => a - b) as [number, number, number];
        const size = last + 1;
        const { tree, recorder } = recordPath(leaves, index, size, from);
        const path = recorder.inclusion(tree);
        const proof = recorder.consistency(tree);
        expect(hexAll(path)).toEqual(hexAll(naive.path(index, 0, size)));
        expect(hexAll(proof)).toEqual(hexAll(naive.proof(index + 1, size)));
        const root = tree.root();
        expect(verifyInclusion(index, size, leafHash(leaves[index]!), path, root)).toBe(true);
        expect(verifyConsistency(index + 1, naive.root(0, index + 1), size, root, proof)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  test("works beyond 32 bits, and keeps no more than the height of the tree", () => {
    const nodes = testLeaves(53).map(leafHash);
    for (const index of [2 ** 33 + 5, 2 ** 53 - 9]) {
      const places = index.toString(2).replaceAll("0", "").length;
      const tree = createMerkleFrontier({ size: index, nodes: nodes.slice(0, places) });
      const recorder = createPathRecorder(index);
      const leaves = testLeaves(8);
      let oldRoot = tree.root();
      for (const [at, leaf] of leaves.entries()) {
        recorder.push(leaf, tree);
        tree.push(leaf);
        if (at === 0) oldRoot = tree.root();
        const size = tree.size();
        const path = recorder.inclusion(tree);
        expect(verifyInclusion(index, size, leafHash(leaves[0]!), path, tree.root())).toBe(true);
        expect(verifyInclusion(index % 2 ** 32, size, leafHash(leaves[0]!), path, tree.root())).toBe(false);
        expect(verifyConsistency(index + 1, oldRoot, size, tree.root(), recorder.consistency(tree))).toBe(
          true,
        );
        expect(path.length).toBeLessThanOrEqual(53);
      }
    }
  });

  test("refuses a leaf that the tree does not hold", () => {
    const { tree, recorder } = recordPath(testLeaves(5), 7, 5);
    expect(() => recorder.inclusion(tree)).toThrow(RangeError);
    expect(() => recorder.consistency(tree)).toThrow(RangeError);
  });
});
