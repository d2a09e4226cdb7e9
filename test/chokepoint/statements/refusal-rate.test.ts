import { expect, test } from "bun:test";
import fc from "fast-check";
import { createRefusalRate } from "../../../src/chokepoint/statements/refusal-rate.ts";

const at = (seconds: number): Date => new Date(Date.UTC(2026, 10, 22) + seconds * 1000);
const key = (role: string) => ({ listener: "pg", role, address: "192.0.2.1" });

test("sixty a minute of each singly, the rest by its count", () => {
  const rate = createRefusalRate();
  const single = Array.from({ length: 100 }, () => rate.isSingle(key("a"), at(0))).filter(Boolean);
  expect(single).toHaveLength(60);
  expect(rate.isSingle(key("b"), at(1))).toBe(true);
  expect(rate.take(at(59))).toEqual([]);
  expect(rate.take(at(60))).toEqual([{ key: key("a"), count: 40, since: at(0) }]);
  expect(rate.isSingle(key("a"), at(61))).toBe(true);
  expect(rate.take(at(1000), true)).toEqual([]);
});

test("who counts on over the minute is one count until it is taken", () => {
  const rate = createRefusalRate({ perMinute: 1 });
  for (const seconds of [0, 1, 70, 80]) rate.isSingle(key("a"), at(seconds));
  expect(rate.take(at(90))).toEqual([{ key: key("a"), count: 3, since: at(0) }]);
});

test("a key for each connection takes no more room than there is; what has none is counted together", () => {
  const rate = createRefusalRate({ mostKeys: 10 });
  const single = Array.from({ length: 1000 }, (_, each) => rate.isSingle(key(String(each)), at(0)));
  expect(single.filter(Boolean)).toHaveLength(10);
  expect(rate.take(at(60))).toEqual([{ key: null, count: 990, since: at(0) }]);
  // Those that are over make room.
  expect(rate.isSingle(key("new"), at(61))).toBe(true);
});

test("nothing is lost and nothing is told twice, whatever comes when", () => {
  const step = fc.record({
    role: fc.integer({ min: 0, max: 5 }),
    seconds: fc.integer({ min: 0, max: 50 }),
    isTaken: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const rate = createRefusalRate({ perMinute: 3, mostKeys: 4 });
      let [now, single, counted] = [0, 0, 0];
      for (const { role, seconds, isTaken } of steps) {
        now += seconds;
        if (rate.isSingle(key(String(role)), at(now))) single += 1;
        if (isTaken) for (const { count } of rate.take(at(now))) counted += count;
      }
      for (const { count } of rate.take(at(now), true)) counted += count;
      expect(single + counted).toBe(steps.length);
    }),
  );
});
