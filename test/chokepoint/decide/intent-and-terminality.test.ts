import { describe, expect, test } from "bun:test";
import { checkIntent } from "../../../src/chokepoint/decide/check-intent.ts";
import { checkTerminality } from "../../../src/chokepoint/decide/check-terminality.ts";
import type { Intent } from "../../../src/chokepoint/drop.ts";
import { OpsError } from "../../../src/errors.ts";
import { dropRequest, testPolicy } from "../../support/engine.ts";

const now = new Date("2026-11-22T12:00:00Z");
const later = (ms: number): Date => new Date(now.getTime() + ms);
const intent = (given: Partial<Intent>): Intent => ({ ...dropRequest().intent, ...given });

const terminality = { url: "postgres://p", query: "select 1", terminal: ["deleted", "expired"] };

describe("intent", () => {
  const strict = testPolicy({ intent: { required: true, longest: "1h" }, terminality });
  test.each([
    ["no reason", intent({ reason: "  " }), testPolicy(), "no reason"],
    ["expired", intent({ notAfter: now }), testPolicy(), "expired at 2026-11-22T12:00:00.000Z"],
    ["no not_after", intent({ resourceStatus: "deleted" }), strict, "not_after"],
    ["no status", intent({ notAfter: later(1000) }), strict, "resource_status"],
    ["too long", intent({ notAfter: later(3_600_001), resourceStatus: "deleted" }), strict, "for too long"],
    ["not terminal", intent({ notAfter: later(1000), resourceStatus: "active" }), strict, '"active"'],
  ])("%s", (_, given, policy, why) => {
    expect(checkIntent(given, policy, now)).toMatchObject({ site: "intent", isPassing: false });
    expect(checkIntent(given, policy, now)?.reason).toContain(why);
  });

  test("valid", () => {
    expect(checkIntent(intent({}), testPolicy(), now)).toBeNull();
    expect(
      checkIntent(intent({ notAfter: later(3_600_000), resourceStatus: "expired" }), strict, now),
    ).toBeNull();
  });
});

describe("terminality", () => {
  const policy = testPolicy({ terminality });
  const says = (state: string | null) => ({ ask: () => Promise.resolve(state) });

  test("off: nobody is asked", async () => {
    const never = { ask: () => Promise.reject(new Error("asked")) };
    expect(await checkTerminality("t", testPolicy(), never)).toBeNull();
  });

  test("only a terminal state passes, to the letter", async () => {
    expect(await checkTerminality("t", policy, says("deleted"))).toBeNull();
    for (const state of ["active", "Deleted", "deleted ", "", null]) {
      expect(await checkTerminality("t", policy, says(state))).toMatchObject({ isPassing: false });
    }
    expect(await checkTerminality("", policy, says("deleted"))).toMatchObject({ site: "terminality" });
  });

  test("what cannot be asked is a no, and may be asked again", async () => {
    const down = { ask: () => Promise.reject(new OpsError("unreachable", "no answer", "start it")) };
    expect(await checkTerminality("t", policy, down)).toMatchObject({
      site: "terminality",
      isPassing: true,
      outcome: "refused",
    });
  });
});
