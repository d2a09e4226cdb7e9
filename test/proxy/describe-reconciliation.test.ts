import { expect, test } from "bun:test";
import { describeReconciliation } from "../../src/proxy/adapters/describe-reconciliation.ts";
import type { ReconcileFact } from "../../src/chokepoint/reconcile/facts.ts";

const loss = (isCanary: boolean): ReconcileFact => ({
  type: "loss-unattributed",
  target: "customers",
  part: "database",
  id: "7",
  name: "db_1",
  systemIdentifier: "1",
  lastSeen: "2026-11-22T00:00:00.000Z",
  isCanary,
  relatedDropId: null,
  witness: null,
});

test("a theft and a silent canary are alarms, a canary that was missed is none", () => {
  expect(describeReconciliation(loss(false))).toMatchObject({ type: "alarm", what: "unattributed drop" });
  expect(describeReconciliation(loss(true))).toBeNull();
  const canary = { target: "customers", name: "custody_canary_1" } as const;
  expect(describeReconciliation({ type: "canary-heard", ...canary })).toEqual({
    type: "noted",
    message: "the canary custody_canary_1 of customers was missed: the alarm works",
  });
  expect(describeReconciliation({ type: "canary-silent", ...canary })).toMatchObject({
    type: "alarm",
    what: "the alarm is silent",
  });
});
