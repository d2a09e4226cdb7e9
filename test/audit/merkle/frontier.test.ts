import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { createMerkleFrontier, leafOf } from "../../../src/audit/merkle/frontier.ts";
import { custodyVectors } from "../../support/chain-database.ts";

interface MerkleVectors {
  readonly roots: readonly { readonly size: number; readonly root_hex: string }[];
}

const vectors = JSON.parse(
  readFileSync(new URL("../../fixtures/vectors/merkle-rfc6962.json", import.meta.url), "utf8"),
) as MerkleVectors;

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const leaves = (count: number): Uint8Array[] =>
  Array.from(
    { length: count },
    (_, index) => new Uint8Array(createHash("sha256").update(String(index)).digest()),
  );

/** RFC 6962, section 2.1, as it is written there. */
function rootByDefinition(data: readonly Uint8Array[]): Uint8Array {
  const [only] = data;
  if (only === undefined) return createHash("sha256").digest();
  if (data.length === 1) return createHash("sha256").update(Uint8Array.of(0)).update(only).digest();
  const half = 2 ** Math.ceil(Math.log2(data.length) - 1);
  return createHash("sha256")
    .update(Uint8Array.of(1))
    .update(rootByDefinition(data.slice(0, half)))
    .update(rootByDefinition(data.slice(half)))
    .digest();
}

describe("the Merkle frontier", () => {
  test("gives the vectors' roots", () => {
    const frontier = createMerkleFrontier();
    for (const { size, root_hex: root } of vectors.roots) {
      expect([frontier.size(), hex(frontier.root())]).toEqual([size, root]);
      const next = custodyVectors[size];
      if (next !== undefined) frontier.push(leafOf(Buffer.from(next.row_hash, "hex")));
    }
  });

  test("is the tree of the definition, and goes on from any frontier", () => {
    fc.assert(
      fc.property(fc.nat(130), fc.nat(130), (first, more) => {
        const data = leaves(first + more);
        const frontier = createMerkleFrontier();
        for (const leaf of data.slice(0, first)) frontier.push(leafOf(leaf));
        const resumed = createMerkleFrontier({ size: first, nodes: frontier.nodes() });
        for (const leaf of data.slice(first)) resumed.push(leafOf(leaf));
        expect(hex(resumed.root())).toBe(hex(rootByDefinition(data)));
        expect(hex(frontier.root())).toBe(hex(rootByDefinition(data.slice(0, first))));
      }),
      { numRuns: 60 },
    );
  });

  test("refuses nodes that are none of its size", () => {
    expect(() => createMerkleFrontier({ size: 3, nodes: leaves(1) })).toThrow(RangeError);
    expect(() => createMerkleFrontier({ size: 1, nodes: [new Uint8Array(31)] })).toThrow(RangeError);
    expect(createMerkleFrontier({ size: 0, nodes: [] }).size()).toBe(0);
  });
});
