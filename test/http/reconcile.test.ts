import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  describeFactDocument,
  readFactDocument,
  roundsDocumentSchema,
} from "../../src/chokepoint/documents/round-document.ts";
import type { ReconcileFact } from "../../src/chokepoint/reconcile/facts.ts";
import { parts } from "../../src/chokepoint/resource.ts";
import { sha256, startTestApi, tokenOf, tokens } from "../support/api-server.ts";

const text = fc.string({ maxLength: 12 });
const orNull = fc.option(text);
const target = text;
const thing = { target, part: fc.constantFrom(...parts), id: text, name: text };
const facts: fc.Arbitrary<ReconcileFact> = fc.oneof(
  fc.record({ type: fc.constantFrom("loss-attributed", "loss-pending"), ...thing, dropId: text }),
  fc.record({
    type: fc.constant("loss-unattributed" as const),
    ...thing,
    systemIdentifier: text,
    lastSeen: text,
    isCanary: fc.boolean(),
    relatedDropId: orNull,
    witness: fc.option(fc.dictionary(text, fc.oneof(text, fc.integer(), fc.constant(null)))),
  }),
  fc.record({
    type: fc.constant("drop-orphaned" as const),
    ...thing,
    systemIdentifier: text,
    reason: fc.constantFrom("not-destroyed", "fence-lifted", "fence-without-drop"),
    dropId: orNull,
  }),
  fc.record({ type: fc.constant("thing-renamed" as const), ...thing, from: text }),
  fc.record({ type: fc.constant("thing-changed" as const), ...thing }),
  fc.record({
    type: fc.constant("round-finished" as const),
    target,
    systemIdentifier: text,
    isFirst: fc.boolean(),
    seen: fc.nat(),
    blind: fc.array(text),
  }),
  fc.record({ type: fc.constant("target-unseen" as const), target, error: text }),
  fc.record({ type: fc.constant("round-elsewhere" as const), target }),
  fc.record({
    type: fc.constantFrom("canary-made", "canary-dropped", "canary-heard", "canary-silent"),
    target,
    name: text,
  }),
);

test("every fact crosses HTTP whole", () => {
  fc.assert(
    fc.property(facts, (fact) => {
      const sent = { targets: [{ name: "x", facts: [describeFactDocument(fact)] }] };
      const read = roundsDocumentSchema.parse(JSON.parse(JSON.stringify(sent)));
      expect(read).toEqual(JSON.parse(JSON.stringify(sent)) as never);
      expect(read.targets[0]!.facts.map(readFactDocument)).toEqual([fact]);
    }),
  );
});

test("a round of each target that the caller may speak of, or of one", async () => {
  await using api = await startTestApi();
  api.chokepoint.world.found = [
    { type: "target-unseen", target: "customers", error: "postgres://admin:hunter2@db1/x does not answer" },
  ];
  const answer = await api.ask("/v1/reconcile", { method: "POST" });
  expect(answer.status).toBe(200);
  const told = await answer.text();
  expect(told).not.toContain("hunter2");
  expect(JSON.parse(told)).toMatchObject({
    targets: [
      { name: "customers", facts: [{ class: "target-unseen", target: "customers" }] },
      { name: "others" },
    ],
  });
  await api.ask("/v1/reconcile", { body: { target: "others", canary: true } });
  await api.ask("/v1/reconcile", { as: "limited", body: {} });
  expect(api.chokepoint.calls).toEqual([
    "reconcile customers",
    "reconcile others",
    "reconcile others canary",
    "reconcile others",
  ]);
});

test("it takes request and read, a canary approve as well, and one's own targets", async () => {
  await using api = await startTestApi({
    tokens: [...tokens, { name: "worker", sha256: sha256(tokenOf("worker")), scopes: ["request"] }],
  });
  const ask = async (as: string, body: unknown): Promise<unknown[]> => {
    const answer = await api.ask("/v1/reconcile", { as, body });
    return [answer.status, ((await answer.json()) as { detail?: string }).detail];
  };
  expect(await ask("reader", {})).toEqual([403, "reader has not the scope request"]);
  expect(await ask("worker", {})).toEqual([403, "worker has not the scope read"]);
  expect(await ask("provisioner", { canary: true })).toEqual([
    403,
    "provisioner has not the scope approve, which a canary needs",
  ]);
  expect(await ask("limited", { target: "customers" })).toEqual([403, "limited may not look at customers"]);
  expect(await ask("oncall", { target: "nowhere" })).toEqual([422, "no target is named nowhere"]);
  expect((await ask("oncall", { targets: ["customers"] }))[0]).toBe(422);
  expect((await ask("oncall", { canary: "yes" }))[0]).toBe(422);
  expect((await api.ask("/v1/reconcile")).status).toBe(405);
  expect(api.chokepoint.calls).toEqual([]);
  expect(await ask("provisioner", {})).toEqual([200, undefined]);
});
