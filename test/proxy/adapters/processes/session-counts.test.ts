import { expect, test } from "bun:test";
import fc from "fast-check";
import { createSessionBook } from "../../../../src/proxy/adapters/processes/session-counts.ts";

const listener = "plain";

test("what others have is all that was told last, without one's own, whatever came before", () => {
  const told = fc.record({
    process: fc.integer({ min: 0, max: 3 }),
    host: fc.constantFrom("a", "b", "c"),
    all: fc.nat(9),
    ofHost: fc.nat(9),
    isEnd: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(told, { maxLength: 40 }), (events) => {
      const all = new Map<number, number>();
      const hosts = new Map<string, number>();
      const changed: string[] = [];
      const book = createSessionBook((process, _listener, host) => changed.push(`${process} ${host}`));
      for (const { process, host, isEnd, ...count } of events) {
        if (isEnd) {
          book.forget(process);
          all.delete(process);
          for (const key of hosts.keys()) if (key.startsWith(`${process} `)) hosts.delete(key);
        } else {
          book.set(process, { listener, host, ...count });
          all.set(process, count.all);
          hosts.set(`${process} ${host}`, count.ofHost);
          expect(changed.at(-1)).toBe(`${process} ${host}`);
        }
        const sumOf = (counts: ReadonlyMap<unknown, number>, holds: (key: string) => boolean): number =>
          [...counts].reduce((sum, [key, value]) => (holds(String(key)) ? sum + value : sum), 0);
        for (const mine of [0, 1, 2, 3]) {
          const elsewhere = book.elsewhere(mine, listener);
          expect(elsewhere.all()).toBe(sumOf(all, (key) => key !== String(mine)));
          for (const each of ["a", "b", "c"])
            expect(elsewhere.of(each)).toBe(
              sumOf(hosts, (key) => key.endsWith(` ${each}`) && !key.startsWith(`${mine} `)),
            );
        }
        expect(book.total(listener)).toBe(sumOf(all, () => true));
      }
    }),
  );
});

test("a process that is new is told what there is, and a listener that nobody knows has nobody", () => {
  const book = createSessionBook(() => undefined);
  book.set(0, { listener, host: "a", all: 3, ofHost: 1 });
  book.set(0, { listener, host: "b", all: 3, ofHost: 2 });
  book.set(1, { listener, host: "a", all: 1, ofHost: 1 });
  expect(book.known(2)).toEqual([
    { listener, host: "a", all: 4, ofHost: 2 },
    { listener, host: "b", all: 4, ofHost: 2 },
  ]);
  expect(book.elsewhere(0, "other").all()).toBe(0);
  expect(book.elsewhere(0, "other").of("a")).toBe(0);
});
