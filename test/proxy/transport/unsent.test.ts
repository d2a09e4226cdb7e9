import { expect, test } from "bun:test";
import fc from "fast-check";
import { Unsent } from "../../../src/proxy/adapters/transport/unsent.ts";

test("what is written leaves in its order, whatever is taken of it at a time", () => {
  const step = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 40 }).map((bytes) => ({ bytes })),
    fc.record({ takes: fc.array(fc.nat(30), { maxLength: 4 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const unsent = new Unsent();
      const written: number[] = [];
      const taken: number[] = [];
      let takes: number[] = [];
      let refused: Uint8Array | null = null;
      const taker = {
        write(bytes: Uint8Array): number {
          // TLS: what was not taken is offered again, and no less of it.
          if (refused !== null)
            expect(Buffer.from(bytes.subarray(0, refused.length))).toEqual(Buffer.from(refused));
          const count = Math.min(takes.shift() ?? bytes.length, bytes.length);
          taken.push(...bytes.subarray(0, count));
          refused = count === bytes.length ? null : bytes.slice(count);
          return count;
        },
      };
      for (const each of steps) {
        if ("bytes" in each) {
          unsent.push(each.bytes);
          written.push(...each.bytes);
        } else {
          takes = each.takes;
          unsent.isBlocked = false;
          unsent.flush(taker);
          expect(unsent.size).toBe(written.length - taken.length);
          expect(unsent.isEmpty).toBe(written.length === taken.length);
          expect(unsent.isBlocked).toBe(!unsent.isEmpty);
        }
      }
      takes = [];
      unsent.isBlocked = false;
      unsent.flush(taker);
      expect(taken).toEqual(written);
      expect(unsent.isEmpty).toBe(true);
    }),
  );
});

/** Takes everything, and remembers what it was given. */
function takeAll(): { readonly given: Uint8Array[]; write(bytes: Uint8Array): number } {
  const given: Uint8Array[] = [];
  return {
    given,
    write(bytes) {
      given.push(bytes);
      return bytes.length;
    },
  };
}

test("one piece is sent as it is; many small ones together, a large one by itself", () => {
  const unsent = new Unsent();
  const one = Buffer.alloc(10);
  unsent.push(one);
  const first = takeAll();
  unsent.flush(first);
  expect(first.given).toHaveLength(1);
  expect(first.given[0]).toBe(one);
  for (let piece = 0; piece < 1000; piece += 1) unsent.push(Buffer.alloc(60));
  const many = takeAll();
  unsent.flush(many);
  expect(many.given.map((each) => each.length)).toEqual([60_000]);
  const large = Buffer.alloc(1_000_000);
  for (const piece of [Buffer.alloc(1), Buffer.alloc(2), large, Buffer.alloc(3), Buffer.alloc(4)])
    unsent.push(piece);
  const mixed = takeAll();
  unsent.flush(mixed);
  expect(mixed.given.map((each) => each.length)).toEqual([3, 1_000_000, 7]);
  expect(mixed.given[1]).toBe(large);
});

test("what is closed takes nothing, and nothing is waited for", () => {
  const unsent = new Unsent();
  unsent.push(Buffer.from("a"));
  unsent.push(Buffer.from("b"));
  unsent.flush({ write: () => -1 });
  expect(unsent.isEmpty).toBe(true);
  expect(unsent.isBlocked).toBe(false);
});
