import { expect, test } from "bun:test";
import { judgeAnchors } from "../../../src/audit/checkpoints/judge-anchors.ts";
import type { KnownCheckpoint } from "../../../src/audit/checkpoints/known-checkpoint.ts";
import type { RestoreAcceptance } from "../../../src/audit/checkpoints/operator-notes.ts";
import type { ChainVerification } from "../../../src/audit/verify-chain.ts";

const base = "example.com/log/one";
const root = new Uint8Array(32);
const chain = {
  treeSize: 4,
  rowCount: 4,
  findings: [],
  findingsTotal: 0,
  notes: [],
  waypoints: new Map(),
  chainId: null,
} as unknown as ChainVerification;
const headOf = (number: number, size: number) => ({
  origin: number === 1 ? base : `${base}/${number}`,
  size,
  root,
});
const acceptance = (number: number, size: number): RestoreAcceptance => ({
  before: headOf(number - 1, 99),
  after: headOf(number, size),
  cluster: { systemIdentifier: "1", timeline: 1 },
  at: "2026-11-22T00:00:00Z",
  who: "olga@bastion",
  reason: "disk failure",
});
const outcomeOf = (number: number, size: number, acceptances: readonly RestoreAcceptance[]) => {
  const checkpoint = {
    path: "c",
    head: headOf(number, size),
    identity: null,
    signedBy: ["k"],
    cosignedBy: [],
  } as unknown as KnownCheckpoint;
  const anchors = { checkpoints: [checkpoint], states: new Map([[base, { acceptances, rebaselines: [] }]]) };
  return judgeAnchors(chain, anchors, null).outcomes[0]?.outcome;
};

test("a restore that was accepted supersedes what was signed before it, and nothing that came after", () => {
  const [second, third] = [acceptance(2, 3), acceptance(3, 4)];
  expect(outcomeOf(1, 9, [second])).toBe("superseded");
  expect(outcomeOf(2, 9, [second])).toBe("truncated");
  expect(outcomeOf(2, 9, [second, third])).toBe("superseded");
  expect(outcomeOf(3, 9, [second, third])).toBe("truncated");
  // A folder that is older than the checkpoint, and one that has lost a note.
  expect(outcomeOf(3, 9, [second])).toBe("truncated");
  expect(outcomeOf(2, 9, [third])).toBe("superseded");
});
