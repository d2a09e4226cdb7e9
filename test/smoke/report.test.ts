import { expect, test } from "bun:test";
import { createGithub } from "../../src/reporters/github.ts";
import { createJunit } from "../../src/reporters/junit.ts";
import type { FinishedReport } from "../../src/run/contract.ts";
import type { SmokeEvent } from "../../src/smoke/events.ts";
import { parseSmokeFlags } from "../../src/smoke/input.ts";
import { reportSmoke } from "../../src/smoke/report.ts";
import { initialSmokeState, reduceSmoke } from "../../src/smoke/state.ts";

/** Who reads a report in a CI sees what differs, and not only how much. */
const failed = (name: string, actual: string): SmokeEvent => ({
  type: "assertion-checked",
  assertion: { name, ok: false, expected: "no difference", actual },
});
const index = (n: number): SmokeEvent => ({
  type: "difference-found",
  difference: { object: `index public.i${n}`, kind: "indexes", stage: "dump", detail: "missing" },
});
const rows = (stage: "dump" | "restore"): SmokeEvent => ({
  type: "difference-found",
  difference: { object: `table public.${stage}`, kind: "content", stage, detail: "rows: 2 → 1" },
});
const facts: readonly SmokeEvent[] = [
  failed("indexes", "7 differences"),
  failed("content", "1 difference"),
  failed("archive-holds-source", "1 difference"),
  ...[1, 2, 3, 4, 5, 6, 7].map(index),
  rows("dump"),
  rows("restore"),
];
const state = facts.reduce(
  reduceSmoke,
  initialSmokeState(parseSmokeFlags({ dump: "shop.dump" }, { jobs: 1 })),
);
const report = reportSmoke(state, { kind: "verdict", verdict: "disproved" });
const run = {
  id: "0",
  started_at: "2026-11-21T12:00:00.250Z",
  seconds: 1,
  exit_code: 1,
  custody: "0",
} as const;
const finished: FinishedReport = { ...report, run };
const wanted = [...[1, 2, 3, 4, 5].map((n) => `dump: index public.i${n}: missing`), "and 2 more"];

test("each check names the first of what it found, and how many more there are", () => {
  expect(report.checks.map(({ name, detail }) => [name, detail])).toEqual([
    ["indexes", wanted.join("\n")],
    ["content", "restore: table public.restore: rows: 2 → 1"],
    ["archive-holds-source", "dump: table public.dump: rows: 2 → 1"],
  ]);
});

test("JUnit and GitHub show it", () => {
  expect(createJunit().ended(finished)).toContain(wanted.join("&#10;"));
  expect(createGithub().ended(finished)).toContain(wanted.join("%0A"));
});
