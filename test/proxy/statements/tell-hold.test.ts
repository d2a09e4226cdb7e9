import { expect, test } from "bun:test";
import { tellHold } from "../../../src/proxy/statements/tell-hold.ts";

const now = new Date("2026-11-23T05:00:00Z");

test.each([
  [0, "0 s"],
  [45, "45 s"],
  [300, "5 min"],
  [571, "9 min 31 s"],
  [12_030, "3 h 20 min"],
  [7200, "2 h"],
  [-3, "0 s"],
])("%d seconds are %s left", (seconds, shown) => {
  const expiresAt = new Date(now.getTime() + seconds * 1000);
  const { detail } = tellHold({ dropId: "d", approvers: 1, approvals: 0, expiresAt }, now);
  expect(detail).toStartWith(`${shown} left, until ${expiresAt.toISOString()};`);
});
