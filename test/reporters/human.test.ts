import { expect, test } from "bun:test";
import { createHuman } from "../../src/reporters/human.ts";
import type { Envelope, StepFact } from "../../src/run/contract.ts";
import { plainOptions } from "../support/run-example.ts";

function at(seconds: number, event: StepFact): Envelope {
  return { v: 1, run: "r", seq: 1, at: new Date(seconds * 1000).toISOString(), event };
}

test("without a terminal a long step says how far it is, every 30 seconds", () => {
  const human = createHuman(plainOptions);
  const progress = (seconds: number, done: number, total?: number): string =>
    human.event(
      at(seconds, {
        type: "step-progressed",
        step: "s",
        done,
        unit: "rows",
        ...(total === undefined ? {} : { total }),
      }),
    );
  expect(human.event(at(0, { type: "step-started", step: "s", title: "Read" }))).toBe("");
  expect(progress(29, 1)).toBe("");
  expect(progress(30, 2000)).toBe("• Read: 2 000 rows\n");
  expect(progress(59, 3000)).toBe("");
  expect(progress(61, 4000, 5000)).toBe("• Read: 4 000 of 5 000 rows\n");
});

test("what the log tells is not told a second time", () => {
  const human = createHuman({
    ...plainOptions,
    isLogged: (event) => "message" in event && event.message === "a",
  });
  expect(human.event(at(0, { type: "noted", message: "a" }))).toBe("");
  expect(human.event(at(0, { type: "noted", message: "b" }))).toBe("! b\n");
});
