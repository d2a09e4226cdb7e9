import { expect, test } from "bun:test";
import { compareServers } from "../../../src/audit/checkpoints/judge-cluster.ts";

const from = { systemIdentifier: "7", timeline: 1, databaseOid: "16384", lsn: "1/A" };
const primary = { ...from, replayedLsn: null };
const standby = { ...from, replayedLsn: "1/A" };

test.each([
  ["the very server", primary, "same"],
  ["one that may not be asked", null, "same"],
  ["one with a longer log, beyond 32 bits", { ...primary, lsn: "10/0" }, "same"],
  ["another cluster", { ...primary, systemIdentifier: "8" }, "moved"],
  ["another cluster with a shorter log", { ...primary, systemIdentifier: "8", lsn: "0/1" }, "moved"],
  ["another timeline", { ...primary, timeline: 2 }, "moved"],
  ["a log that is behind", { ...primary, lsn: "0/FFFFFFFF" }, "rewound"],
  ["another database of it", { ...primary, databaseOid: "16385" }, "other-database"],
  ["a standby that has caught up", standby, "same"],
  ["a standby that has not", { ...standby, replayedLsn: "1/9" }, "behind"],
  ["a standby that had not before the snapshot", { ...standby, lsn: "1/B", replayedLsn: "1/9" }, "behind"],
  ["a standby that is still on an older timeline", { ...standby, timeline: 3, replayedLsn: "1/9" }, "behind"],
  ["a standby of another cluster", { ...standby, systemIdentifier: "8", replayedLsn: "0/1" }, "moved"],
] as const)("%s", (_what, to, change) => {
  expect(compareServers(from, to, [])).toBe(change);
});

test("a change that the operator signed for is none; positions of two clusters are not compared", () => {
  const to = { ...primary, systemIdentifier: "8", lsn: "0/1" };
  expect(compareServers(from, to, [{ from, to }])).toBe("same");
});
