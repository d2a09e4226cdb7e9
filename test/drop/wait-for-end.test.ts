import { expect, test } from "bun:test";
import { describeDrop } from "../../src/chokepoint/documents/drop-document.ts";
import type { DropDocument } from "../../src/chokepoint/documents/drop-document.ts";
import { nextStep } from "../../src/drop/describe-drop.ts";
import { waitForEnd } from "../../src/drop/wait-for-end.ts";
import { newDrop } from "../support/ledger.ts";

const at = "2026-11-22T12:00:00.000Z";
const later = "2026-12-22T12:00:00.000Z";
const tombstone = {
  folder: "/t/x",
  bytes: 5,
  fingerprint: "0".repeat(64),
  made_at: at,
  proved_at: at,
  is_encrypted: false,
  contents: {},
};

function dropIn(state: DropDocument["state"], purgeAt: string | null): DropDocument {
  const drop = describeDrop(newDrop());
  return { ...drop, state, tombstone, finished_at: at, purge_at: purgeAt, tombstone_until: later };
}

async function statesUntilEnd(...states: readonly DropDocument[]): Promise<readonly string[]> {
  const seen: string[] = [];
  const [first, ...more] = states;
  const follow = async function* () {
    yield* more;
  };
  const waiting = waitForEnd(first!, { follow }, new AbortController().signal);
  for (;;) {
    const { done, value } = await waiting.next();
    if (done === true) return [...seen, `end: ${value.state}`];
    seen.push(value.drop.state);
  }
}

test("with a retention the end is where it begins", async () => {
  expect(await statesUntilEnd(dropIn("fenced", null), dropIn("completed", later))).toEqual([
    "completed",
    "end: completed",
  ]);
});

test("without one it is the destruction", async () => {
  const states = (["completed", "purge_started", "purged"] as const).map((state) => dropIn(state, at));
  expect(await statesUntilEnd(dropIn("started", null), ...states)).toEqual([
    "completed",
    "purge_started",
    "purged",
    "end: purged",
  ]);
});

test("what is told next is still to come", () => {
  expect(nextStep(dropIn("completed", later))).toContain(`brings it back; it is destroyed at ${later}`);
  expect(nextStep(dropIn("completed", at))).toMatch(/show .* tells when it is destroyed$/);
  expect(nextStep(dropIn("purged", at))).toContain(`from its tombstone, which is kept until ${later}`);
});
