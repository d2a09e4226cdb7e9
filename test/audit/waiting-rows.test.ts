import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { createWaitingRows } from "../../src/audit/waiting-rows.ts";
import { OpsError } from "../../src/errors.ts";

const hash = (value: string | number): Uint8Array =>
  new Uint8Array(createHash("sha256").update(String(value)).digest());
const row = (previous: string | number, own: string | number, order: number) => ({
  previous: hash(previous),
  hash: hash(own),
  isContentRight: order % 2 === 0,
  id: Buffer.from(`row ${own}`.repeat((order % 3) + 1)),
  order,
});

describe("rows that wait for the one that they follow", () => {
  test("are given back by the hash that they follow, as they came, in any order", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(2000), { maxLength: 900 }), (numbers) => {
        const waiting = createWaitingRows(10_000);
        for (const [order, each] of numbers.entries()) waiting.add(row(`before ${each}`, each, order));
        for (const [order, each] of numbers.entries().toArray().toReversed()) {
          const taken = waiting.take(hash(`before ${each}`));
          expect(taken).not.toBeNull();
          expect({ ...taken, id: Buffer.from(taken!.id).toString() }).toEqual({
            ...row(`before ${each}`, each, order),
            id: row("", each, order).id.toString(),
          });
          expect(waiting.take(hash(`before ${each}`))).toBeNull();
        }
        expect(waiting.count()).toBe(0);
      }),
      { numRuns: 20 },
    );
  });

  test("begin with the earliest that follows none of them; of a ring with the earliest", () => {
    const waiting = createWaitingRows(100);
    waiting.add(row("a", "b", 1));
    waiting.add(row("gone", "a", 2));
    waiting.add(row("lost", "z", 3));
    waiting.add(row("r2", "r1", 4));
    waiting.add(row("r1", "r2", 5));
    expect(waiting.takeStart()?.order).toBe(2);
    expect(waiting.take(hash("a"))?.order).toBe(1);
    expect(waiting.takeStart()?.order).toBe(3);
    expect(waiting.takeStart()?.order).toBe(4);
    expect(waiting.take(hash("r1"))?.order).toBe(5);
    expect(waiting.takeStart()).toBeNull();
  });

  test("are refused beyond the limit, and places that are free again are used again", () => {
    const waiting = createWaitingRows(300);
    for (let order = 0; order < 300; order += 1) waiting.add(row(order, `x${order}`, order));
    expect(() => waiting.add(row("y", "z", 301))).toThrow(OpsError);
    for (let order = 0; order < 10_000; order += 1) {
      expect(waiting.take(hash(order))?.order).toBe(order);
      waiting.add(row(order + 300, `x${order + 300}`, order + 300));
    }
    expect(waiting.count()).toBe(300);
  });
});
