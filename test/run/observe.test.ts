import { expect, test } from "bun:test";
import type { Envelope, FinishedReport } from "../../src/run/contract.ts";
import { boundedObserver } from "../../src/run/observe.ts";

const envelope = (seq: number): Envelope => ({
  v: 1,
  run: "r",
  seq,
  at: "2026-01-01T00:00:00.000Z",
  event: { type: `fact-${seq}` },
});
const report = {} as FinishedReport;

/** A viewer, and a reader of it that takes what it wrote when told to. */
function slowViewer() {
  const told: string[] = [];
  let take: (() => void)[] = [];
  const viewer = {
    event: ({ seq, event }: Envelope) => {
      told.push("count" in event ? `${seq}: ${String(event.count)} dropped` : `${seq}`);
    },
    ended: () => void told.push("ended"),
  };
  return {
    told,
    viewer,
    taken: () => new Promise<void>((resolve) => take.push(resolve)),
    async takeAll() {
      while (take.length > 0) {
        const now = take;
        take = [];
        for (const each of now) each();
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}

test("a viewer that keeps up sees every fact at once", () => {
  const { told, viewer } = slowViewer();
  const observer = boundedObserver(viewer, { capacity: 2, taken: async () => undefined });
  observer.event(envelope(1));
  expect(told).toEqual(["1"]);
});

test("a viewer that does not is shown what there is room for, and how much it missed", async () => {
  const { told, viewer, taken, takeAll } = slowViewer();
  const observer = boundedObserver(viewer, { capacity: 3, taken });
  for (let seq = 1; seq <= 10; seq += 1) observer.event(envelope(seq));
  expect(told).toEqual(["1"]);
  await takeAll();
  expect(told).toEqual(["1", "2", "3", "4", "10: 6 dropped"]);
  expect(observer.dropped()).toBe(6);
  observer.event(envelope(11));
  expect(told.at(-1)).toBe("11");
});

test("what waits at the end is shown before it", () => {
  const { told, viewer, taken } = slowViewer();
  const observer = boundedObserver(viewer, { capacity: 2, taken });
  for (let seq = 1; seq <= 5; seq += 1) observer.event(envelope(seq));
  observer.ended(report);
  expect(told).toEqual(["1", "2", "3", "5: 2 dropped", "ended"]);
});
