import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { blockRows } from "../../../src/audit/blocks/block.ts";
import {
  createBlockRecorder,
  emptyTable,
  endOf,
  extendTable,
  hashBefore,
  markBefore,
} from "../../../src/audit/blocks/block-table.ts";
import { createMerkleFrontier, leafOf } from "../../../src/audit/merkle/frontier.ts";
import { rootAt } from "../../../src/audit/waypoints.ts";
import type { ChainMark } from "../../../src/audit/waypoints.ts";

const hashes = Array.from(
  { length: 5 * blockRows + 100 },
  (_, index) => new Uint8Array(createHash("sha256").update(String(index)).digest()),
);

/** What the whole tree is after so many leaves. */
function marksAt(sizes: readonly number[]): ReadonlyMap<number, ChainMark> {
  const marks = new Map<number, ChainMark>();
  const frontier = createMerkleFrontier();
  for (const hash of hashes) {
    frontier.push(leafOf(hash));
    if (sizes.includes(frontier.size()))
      marks.set(frontier.size(), { size: frontier.size(), rowHash: hash, frontier: frontier.nodes() });
  }
  return marks;
}

const cuts = [0, 1, 1000, blockRows - 1, blockRows, blockRows + 1, 2 * blockRows, 3 * blockRows + 77];
const borders = [1, 2, 3, 4, 5].map((each) => each * blockRows);
const marks = marksAt([...cuts, ...borders]);

test.each(cuts)("blocks that are recorded behind %d rows give the tree's frontier at every border", (cut) => {
  const from = cut === 0 ? null : (marks.get(cut) ?? null);
  const recorder = createBlockRecorder(from);
  for (const hash of hashes.slice(cut)) recorder.push(leafOf(hash));
  const table = extendTable(emptyTable(from), recorder.blocks());
  expect([table.first, endOf(table)]).toEqual([Math.floor(cut / blockRows), 5]);
  for (let index = table.first + 1; index <= 5; index += 1) {
    const mark = markBefore(table, index);
    expect(mark).toEqual(marks.get(index * blockRows) ?? null);
    expect(hashBefore(table, index)).toEqual(hashes[index * blockRows - 1] ?? null);
  }
  expect([markBefore(table, table.first), markBefore(table, 6), hashBefore(table, table.first)]).toEqual([
    null,
    null,
    null,
  ]);
});

test("a block's root is that of its own leaves", () => {
  const recorder = createBlockRecorder(null);
  for (const hash of hashes.slice(0, blockRows)) recorder.push(leafOf(hash));
  const [block] = recorder.blocks();
  const whole = marks.get(blockRows);
  expect(block?.root).toEqual(whole === undefined ? undefined : rootAt(whole));
});
