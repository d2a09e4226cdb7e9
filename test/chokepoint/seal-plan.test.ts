import { expect, test } from "bun:test";
import fc from "fast-check";
import { digestPlan, digestSecret, sealPlan } from "../../src/chokepoint/seal-plan.ts";

const terms = { mode: "required", retentionMs: 1000, keepMs: 2000 } as const;
const identity = {
  systemIdentifier: "7",
  parts: [{ part: "database", id: "16384", name: "db_acme", sizeBytes: 12 }],
} as const;

test("a digest is the same after a plan was kept as jsonb, whatever is in it", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const saved = JSON.parse(JSON.stringify(value)) as Readonly<Record<string, string>>;
      const plan = sealPlan({ identity, fenceNames: { database: "f" }, saved, secret: saved }, terms);
      // jsonb orders keys by length, then bytes.
      const kept = JSON.parse(JSON.stringify(plan, byLength)) as typeof plan;
      expect(digestPlan(kept)).toBe(digestPlan(plan));
      expect(digestSecret(kept, kept.secret ?? {})).toBe(digestSecret(plan, saved));
    }),
  );
});

test.each([
  ["the identity", { identity: { ...identity, systemIdentifier: "8" } }],
  ["the fence", { fenceNames: { database: "g" } }],
  ["what undo gives back", { saved: { owner: "mallory" } }],
  ["the terms", { terms: { ...terms, mode: "off" } }],
  ["the salt", { salt: "00" }],
] as const)("another digest for another plan: %s", (_, change) => {
  const plan = sealPlan({ identity, fenceNames: { database: "f" }, saved: {}, secret: null }, terms);
  expect(digestPlan({ ...plan, ...change })).not.toBe(digestPlan(plan));
});

function byLength(_key: string, value: unknown): unknown {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(
        Object.entries(value).toSorted(
          ([one], [other]) => one.length - other.length || (one < other ? -1 : 1),
        ),
      )
    : value;
}
