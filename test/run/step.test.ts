import { expect, test } from "bun:test";
import type { StepFact } from "../../src/run/contract.ts";
import { step } from "../../src/run/step.ts";

async function collect<T>(
  generator: AsyncGenerator<StepFact, T>,
): Promise<{ facts: StepFact[]; value?: T; error?: unknown }> {
  const facts: StepFact[] = [];
  try {
    for (;;) {
      const next = await generator.next();
      if (next.done) return { facts, value: next.value };
      facts.push(next.value);
    }
  } catch (error) {
    return { facts, error };
  }
}

test("a step starts, finishes, and gives what its work gave", async () => {
  const { facts, value } = await collect(
    step("dump", "Dump", async () => 42, { describe: (each) => `${each} rows` }),
  );
  expect(value).toBe(42);
  expect(facts).toEqual([
    { type: "step-started", step: "dump", title: "Dump" },
    { type: "step-finished", step: "dump", ms: expect.any(Number), detail: "42 rows" },
  ]);
});

test("a step that fails says so and throws what its work threw", async () => {
  const thrown = new Error("no space");
  const { facts, error } = await collect(step("dump", "Dump", () => Promise.reject(thrown)));
  expect(error).toBe(thrown);
  expect(facts.at(-1)).toEqual({
    type: "step-failed",
    step: "dump",
    ms: expect.any(Number),
    detail: "no space",
  });
});

test("progress is shown at most ten times a second, the newest first of all, and never after the end", async () => {
  const reported = Promise.withResolvers<void>();
  const work = step("dump", "Dump", async (progress) => {
    for (let done = 1; done <= 10_000; done += 1) progress(done, 10_000);
    await reported.promise;
  });
  const facts: StepFact[] = [];
  for await (const fact of work) {
    facts.push(fact);
    if (fact.type === "step-progressed") reported.resolve();
  }
  expect(facts).toEqual([
    { type: "step-started", step: "dump", title: "Dump" },
    { type: "step-progressed", step: "dump", done: 10_000, total: 10_000, unit: "rows" },
    { type: "step-finished", step: "dump", ms: expect.any(Number) },
  ]);
});

test("progress that comes while a fact is being looked at is not lost", async () => {
  const done = Promise.withResolvers<void>();
  let report: (amount: number) => void = () => undefined;
  const work = step("dump", "Dump", async (progress) => {
    report = progress;
    progress(1);
    await done.promise;
  });
  const amounts: number[] = [];
  for await (const fact of work) {
    if (fact.type !== "step-progressed") continue;
    amounts.push(fact.done);
    if (fact.done === 1) report(2);
    else done.resolve();
  }
  expect(amounts).toEqual([1, 2]);
});
