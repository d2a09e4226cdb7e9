import { expect, test } from "bun:test";
import { exitCodes, InterruptedError, OpsError } from "../../src/errors.ts";
import type { Envelope, Feature, FinishedReport, StepFact } from "../../src/run/contract.ts";
import { execute, explain } from "../../src/run/execute.ts";
import { exampleFeature } from "../support/example-feature.ts";
import { recordExample } from "../support/run-example.ts";

const quiet = new AbortController().signal;

test("every fact is an envelope, counted from 1, and the report comes last, with its run", async () => {
  const seen: (Envelope | FinishedReport)[] = [];
  const report = await execute(
    exampleFeature,
    { ending: "good" },
    { released: () => undefined },
    {
      signal: quiet,
      version: "1.2.3",
      observers: [{ event: (envelope) => void seen.push(envelope), ended: (each) => void seen.push(each) }],
    },
  );
  expect(seen.at(-1)).toBe(report);
  const envelopes = seen.slice(0, -1) as Envelope[];
  expect(envelopes.map((each) => each.seq)).toEqual(envelopes.map((_, index) => index + 1));
  expect(new Set(envelopes.map((each) => each.run))).toEqual(new Set([report.run.id]));
  expect(envelopes.map((each) => each.event.type)).toEqual([
    "step-started",
    "step-finished",
    "thing-counted",
    "noted",
  ]);
  expect(report.document).toMatchObject({
    v: 1,
    verdict: "fine",
    error: null,
    run: { custody: "1.2.3", exit_code: 0 },
  });
});

test("what a run threw is in its report", async () => {
  const { report } = await recordExample("refused");
  expect(report).toMatchObject({
    verdict: "not-run",
    exitCode: 3,
    error: { code: "unreachable", hint: "start it" },
  });
});

test("a reducer that throws does not leave the run half-way: what it held is given back", async () => {
  let released = 0;
  const bugs: unknown[] = [];
  const broken: typeof exampleFeature = {
    ...exampleFeature,
    reduce: () => {
      throw new TypeError("a bug");
    },
  };
  const report = await execute(
    broken,
    { ending: "good" },
    { released: () => (released += 1) },
    {
      signal: quiet,
      version: "0",
      observers: [],
      onBug: (error) => void bugs.push(error),
    },
  );
  expect(report).toMatchObject({ exitCode: exitCodes.bug, error: { code: "bug" } });
  expect(released).toBe(1);
  expect(bugs).toHaveLength(1);
});

test("a verdict that was reached stands, though the signal fired", async () => {
  const interruption = new AbortController();
  const feature: Feature<null, null, StepFact, "fine", null> = {
    ...(exampleFeature as unknown as Feature<null, null, StepFact, "fine", null>),
    async *run() {
      yield { type: "noted", message: "almost done" };
      interruption.abort();
      return "fine";
    },
    initial: () => null,
    reduce: () => null,
    report: (_, outcome) => ({
      command: "c",
      verdict: outcome.kind,
      exitCode: 0,
      error: null,
      document: {},
      checks: [],
      metrics: [],
      summary: [],
    }),
  };
  const report = await execute(feature, null, null, {
    signal: interruption.signal,
    version: "0",
    observers: [],
  });
  expect(report.verdict).toBe("verdict");
});

test("an interruption does not hide that nobody knows what became of a change", () => {
  const aborted = AbortSignal.abort();
  const lost = new OpsError("connection-lost", "lost at the commit", "do it again", {
    isOutcomeUnknown: true,
  });
  const told = {
    code: "interrupted",
    message: "interrupted: lost at the commit",
    hint: "do it again",
  } as const;
  expect(explain(lost, aborted)).toEqual({ exitCode: 130, error: told });
  expect(explain(lost, quiet)).toEqual({
    exitCode: 3,
    error: { code: "connection-lost", message: "lost at the commit", hint: "do it again" },
  });
  expect(explain(new SuppressedError(new Error("folder is busy"), lost), aborted)).toEqual({
    exitCode: 130,
    error: { ...told, hint: "do it again; cleaning up failed as well: folder is busy" },
  });
  expect(explain(new OpsError("timeout", "a", "b"), aborted).error.hint).toContain("cleaned up");
});

test("a failed clean-up does not hide why the run ended, and is told", () => {
  const cause = new OpsError("unreachable", "no server", "start it");
  const both = new SuppressedError(new Error("folder is busy"), cause);
  expect(explain(both, quiet)).toEqual({
    exitCode: 3,
    error: {
      code: "unreachable",
      message: "no server",
      hint: "start it; cleaning up failed as well: folder is busy",
    },
  });
  expect(explain(new SuppressedError(new Error("folder is busy"), new InterruptedError()), quiet)).toEqual({
    exitCode: 130,
    error: {
      code: "interrupted",
      message: "interrupted",
      hint: "cleaning up failed as well: folder is busy",
    },
  });
  const several = new SuppressedError(new Error("so is its lock"), new Error("folder is busy"));
  expect(explain(new SuppressedError(several, cause), quiet).error.hint).toBe(
    "start it; cleaning up failed as well: folder is busy; so is its lock",
  );
});
