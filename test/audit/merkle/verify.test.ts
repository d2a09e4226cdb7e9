import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { verifyConsistency } from "../../../src/audit/merkle/verify-consistency.ts";
import { verifyInclusion } from "../../../src/audit/merkle/verify-inclusion.ts";
import { hexAll, leafHash, naiveTree, recordPath, testLeaves } from "../../support/merkle.ts";

/** The vectors that certificate-transparency and transparency-dev/merkle are tested with: 8 leaves, their roots and proofs. */
const known = {
  leaves: [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
  ],
  roots: [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
  ],
  inclusion: [
    [0, 1],
    [
      0,
      8,
      "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    [
      5,
      8,
      "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
      "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    [2, 3, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    [
      1,
      5,
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
  ] as [number, number, ...string[]][],
  consistency: [
    [1, 1],
    [
      1,
      8,
      "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    [
      6,
      8,
      "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
      "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    [
      2,
      5,
      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
    [
      6,
      7,
      "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
      "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
  ] as [number, number, ...string[]][],
};

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));
const knownLeaves = known.leaves.map((each) => bytes(`00${each}`));
const rootAt = (size: number): Uint8Array => bytes(known.roots[size - 1]!);

describe("public vectors", () => {
  test("roots, inclusion paths and consistency proofs are theirs, and verify", () => {
    for (const [at, root] of known.roots.entries()) {
      expect(hexAll([recordPath(knownLeaves, 0, at + 1).tree.root()])).toEqual([root]);
    }
    for (const [index, size, ...path] of known.inclusion) {
      const { tree, recorder } = recordPath(knownLeaves, index, size);
      expect(hexAll(recorder.inclusion(tree))).toEqual(path);
      const leaf = leafHash(knownLeaves[index]!);
      expect(verifyInclusion(index, size, leaf, path.map(bytes), rootAt(size))).toBe(true);
    }
    for (const [from, size, ...proof] of known.consistency) {
      const { tree, recorder } = recordPath(knownLeaves, from - 1, size);
      expect(hexAll(recorder.consistency(tree))).toEqual(proof);
      expect(verifyConsistency(from, rootAt(from), size, rootAt(size), proof.map(bytes))).toBe(true);
    }
  });
});

const leaves = testLeaves(70);
const naive = naiveTree(leaves);

/** Every way in which a list of hashes is commonly wrong. */
function alteredLists(list: readonly Uint8Array[], extra: Uint8Array): Uint8Array[][] {
  const altered = list.flatMap((node, at) => {
    const flipped = node.slice();
    flipped[at % 32]! ^= 1 << (at % 8);
    return [
      list.with(at, flipped),
      list.with(at, node.slice(1)),
      list.toSpliced(at, 1),
      list.toSpliced(at, 0, node),
    ];
  });
  return [
    ...altered,
    [...list, extra],
    [extra, ...list],
    [...list, new Uint8Array(0)],
    ...(list.length > 1 ? [list.toReversed()] : []),
  ];
}

describe("verifyInclusion", () => {
  test("accepts every path of every tree up to 70, at its own place alone", () => {
    for (let size = 1; size <= 70; size += 1) {
      const root = naive.root(0, size);
      for (let index = 0; index < size; index += 1) {
        const path = naive.path(index, 0, size);
        const leaf = leafHash(leaves[index]!);
        expect(verifyInclusion(index, size, leaf, path, root)).toBe(true);
        for (const other of [index - 1, index + 1, index + 2, size, -1, index + 0.5, NaN]) {
          if (other !== index) expect(verifyInclusion(other, size, leaf, path, root)).toBe(false);
        }
      }
    }
  });

  test("refuses every altered proof", () => {
    fc.assert(
      fc.property(fc.nat(69), fc.nat(69), (one, two) => {
        const index = Math.min(one, two);
        const size = Math.max(one, two) + 1;
        const path = naive.path(index, 0, size);
        const leaf = leafHash(leaves[index]!);
        const root = naive.root(0, size);
        for (const altered of alteredLists(path, root)) {
          expect(verifyInclusion(index, size, leaf, altered, root)).toBe(false);
        }
        const otherLeaf = leafHash(leaves[(index + 1) % 70]!);
        expect(verifyInclusion(index, size, otherLeaf, path, root)).toBe(false);
        expect(verifyInclusion(index, size, leaf.slice(1), path, root)).toBe(false);
        expect(verifyInclusion(index, size, leaf, path, root.slice(1))).toBe(false);
        expect(verifyInclusion(index, size, leaf, path, otherLeaf)).toBe(false);
        for (const other of [size * 2 ** 40, 0, 2 ** 53, -size]) {
          expect(verifyInclusion(index, other, leaf, path, root)).toBe(false);
        }
      }),
    );
  });
});

describe("verifyConsistency", () => {
  test("accepts every proof of trees up to 70, between its own sizes alone", () => {
    for (let size = 1; size <= 70; size += 1) {
      for (let from = 1; from <= size; from += 1) {
        const proof = naive.proof(from, size);
        const [oldRoot, root] = [naive.root(0, from), naive.root(0, size)];
        expect(verifyConsistency(from, oldRoot, size, root, proof)).toBe(true);
        expect(verifyConsistency(from - 1, oldRoot, size, root, proof)).toBe(false);
        if (from < size) expect(verifyConsistency(from, root, size, root, proof)).toBe(false);
      }
    }
  });

  test("refuses every altered proof", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 1, max: 70 }), (one, two) => {
        const from = Math.min(one, two);
        const size = Math.max(one, two);
        const proof = naive.proof(from, size);
        const [oldRoot, root] = [naive.root(0, from), naive.root(0, size)];
        for (const extra of [oldRoot, root]) {
          for (const altered of alteredLists(proof, extra)) {
            expect(verifyConsistency(from, oldRoot, size, root, altered)).toBe(false);
          }
        }
        const flipped = root.with(0, root[0]! ^ 1);
        expect(verifyConsistency(from, oldRoot, size, flipped, proof)).toBe(false);
        expect(verifyConsistency(from, flipped, size, root, proof)).toBe(false);
        expect(verifyConsistency(from, oldRoot.slice(1), size, root, proof)).toBe(false);
        if (from < size) {
          expect(verifyConsistency(from, root, size, oldRoot, proof)).toBe(false);
          expect(verifyConsistency(size, root, from, oldRoot, proof)).toBe(false);
        }
      }),
    );
  });

  test("every tree extends the empty one, with nothing to prove; a tree extends itself alone of its size", () => {
    const empty = naive.root(0, 0);
    const root = naive.root(0, 5);
    expect(verifyConsistency(0, empty, 5, root, [])).toBe(true);
    expect(verifyConsistency(0, empty, 0, empty, [])).toBe(true);
    expect(verifyConsistency(0, root, 5, root, [])).toBe(false);
    expect(verifyConsistency(0, root, 0, root, [])).toBe(false);
    expect(verifyConsistency(0, empty, 5, root, [root])).toBe(false);
    expect(verifyConsistency(5, root, 5, root, [])).toBe(true);
    expect(verifyConsistency(5, root, 5, empty, [])).toBe(false);
    expect(verifyConsistency(5, root, 5, root, [root])).toBe(false);
    expect(verifyConsistency(5, root, 6, naive.root(0, 6), [])).toBe(false);
  });
});
