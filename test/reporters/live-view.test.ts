import { expect, test } from "bun:test";
import fc from "fast-check";
import stringWidth from "string-width";
import { createLiveView } from "../../src/reporters/live-view.ts";
import type { Envelope, StepFact } from "../../src/run/contract.ts";

const plain = { color: false, unicode: true };

function at(ms: number, event: StepFact): Envelope {
  return { v: 1, run: "r", seq: 1, at: new Date(ms).toISOString(), event };
}

test("a step with a total has a bar, a rate and what is left", () => {
  const view = createLiveView(plain);
  view.event(at(0, { type: "step-started", step: "dump", title: "Dump" }));
  expect(view.frame(500, 100, 8)).toEqual(["• Dump  0.50 s"]);
  view.event(at(1000, { type: "step-progressed", step: "dump", done: 0, total: 4_000_000, unit: "bytes" }));
  view.event(
    at(2000, { type: "step-progressed", step: "dump", done: 1_000_000, total: 4_000_000, unit: "bytes" }),
  );
  expect(view.frame(2000, 100, 8)).toEqual([
    "• Dump  █████░░░░░░░░░░░░░░░  25 %  1.00 MB of 4.00 MB  1.00 MB/s  3.00 s left",
  ]);
  view.event(at(2500, { type: "step-finished", step: "dump", ms: 2500 }));
  expect(view.frame(2500, 100, 8)).toEqual([]);
});

test("a step without a total shows how much and how fast", () => {
  const view = createLiveView(plain);
  view.event(at(0, { type: "step-started", step: "read", title: "Read" }));
  view.event(at(0, { type: "step-progressed", step: "read", done: 0, unit: "rows" }));
  view.event(at(2000, { type: "step-progressed", step: "read", done: 24_680, unit: "rows" }));
  expect(view.frame(4000, 100, 8)).toEqual(["• Read  24 680 rows  12 340/s  4.00 s"]);
});

test("no line is wider than the terminal, and there are never more lines than rows", () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: "grapheme" }), { maxLength: 12 }),
      fc.integer({ min: 1, max: 120 }),
      (titles, columns) => {
        const view = createLiveView(plain);
        for (const [index, title] of titles.entries())
          view.event(at(0, { type: "step-started", step: String(index), title }));
        const frame = view.frame(1000, columns, 8);
        expect(frame.length).toBe(Math.min(8, titles.length));
        for (const line of frame) expect(stringWidth(line)).toBeLessThanOrEqual(columns);
      },
    ),
  );
});

test("what a lasting run saw last stays, with how long ago it was, until something is under way", () => {
  const view = createLiveView(plain);
  view.say("Watching: 12 rows", 1000);
  expect(view.frame(4900, 100, 8)).toEqual(["• Watching: 12 rows 3 s ago"]);
  view.event(at(5000, { type: "step-started", step: "reading", title: "Reading" }));
  expect(view.frame(5500, 100, 8)).toEqual(["• Reading  0.50 s"]);
  view.say("Watching: 13 rows", 6000);
  expect(view.frame(6000, 100, 8)).toEqual(["• Watching: 13 rows 0 s ago"]);
});
