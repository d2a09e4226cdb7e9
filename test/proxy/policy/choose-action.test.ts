import { expect, test } from "bun:test";
import fc from "fast-check";
import type { z } from "zod";
import { listenerSchema } from "../../../src/config/listener-schema.ts";
import type { DestructionKind } from "../../../src/destruction/kinds.ts";
import { destructionKinds } from "../../../src/destruction/kinds.ts";
import { chooseAction } from "../../../src/proxy/policy/choose-action.ts";
import type { ChosenAction } from "../../../src/proxy/policy/chosen-action.ts";
import { defaultAction } from "../../../src/proxy/policy/default-actions.ts";
import { readListenerPolicy } from "../../../src/proxy/policy/listener-policy.ts";
import type { ListenerPolicy } from "../../../src/proxy/policy/listener-policy.ts";
import type { Sighting } from "../../../src/proxy/sessions/ports.ts";
import { sightingOf } from "../../support/sightings.ts";

const choose = (sighting: Sighting, policy: ListenerPolicy): ChosenAction =>
  chooseAction(sighting, policy, { isAdmin: false, protect: () => null });

function policyOf(policy: NonNullable<z.input<typeof listenerSchema>["policy"]>): ListenerPolicy {
  const listen = { name: "pg", target: "customers", protocol: "postgres", listen: "127.0.0.1:6432" } as const;
  return readListenerPolicy(listenerSchema.parse({ ...listen, policy }));
}

test("without a rule each kind has the action that formats.md promises", () => {
  const byAction = Object.groupBy(destructionKinds, (kind) => defaultAction(kind, false));
  expect(byAction).toEqual({
    deny: [
      "database",
      "role",
      "owned",
      "schema",
      "catalog",
      "tablespace",
      "subscription",
      "slot",
      "extension",
      "disarming",
      "acl-user",
      "flush",
      "mongo-database",
      "mongo-user",
      "stream",
      "server",
    ],
    audit: ["table", "column", "type", "truncate", "unbounded-delete", "functional", "opaque", "collection"],
    pass: ["keys"],
  });
});

test("what cannot be known is denied to who could drop what others own, and noted of others", () => {
  const of = (isAdmin: boolean) =>
    chooseAction(sightingOf([["opaque"]]), policyOf([]), { isAdmin, protect: () => null });
  expect([of(false).action, of(true).action]).toEqual(["audit", "deny"]);
});

test("the first rule that matches decides: by kind, database, role, name and tag", () => {
  const policy = policyOf([
    { kinds: ["table"], names: ["^tmp_"], action: "pass" },
    { kinds: ["table"], tags: { job: "^nightly$" }, action: "hold" },
    { kinds: ["table"], databases: ["^db_acme$"], roles: ["^migrator$"], action: "audit" },
    { kinds: ["table", "truncate"], action: "deny", reason: "ask the team" },
  ]);
  const of = (name: string, given = {}) => choose(sightingOf([["table", name]], given), policy);
  expect(of("tmp_1").action).toBe("pass");
  expect(of("orders")).toMatchObject({ action: "deny", reason: "ask the team" });
  expect(of("orders", { tags: new Map([["job", "nightly"]]) }).action).toBe("hold");
  expect(of("orders", { tags: new Map([["job", "nightly2"]]) }).action).toBe("deny");
  expect(of("orders", { speaker: { role: "migrator" } }).action).toBe("audit");
  expect(of("orders", { speaker: { role: "migrator", database: "db_b" } }).action).toBe("deny");
  expect(choose(sightingOf([["type", "mood"]]), policy).action).toBe("audit");
});

test("a rule without kinds is of all", () => {
  expect(choose(sightingOf([["database", "x"]]), policyOf([{ action: "pass" }])).action).toBe("pass");
});

test("a mild rule is for what is certainly of it: no other name, no other role beside, no name that is not known yet", () => {
  const policy = policyOf([
    { kinds: ["table"], names: ["^tmp_"], roles: ["^app$"], action: "pass" },
    { kinds: ["table"], names: ["^orders$"], action: "hold" },
    { kinds: ["table"], action: "audit" },
  ]);
  const of = (names: string[], otherRoles: string[] = []) =>
    choose(sightingOf([["table", ...names]], { speaker: { otherRoles } }), policy).action;
  expect(of(["tmp_1", "tmp_2"])).toBe("pass");
  expect(of(["tmp_1", "customers"])).toBe("audit");
  expect(of(["tmp_1", "orders"])).toBe("hold");
  expect(of(["tmp_1"], ["dba"])).toBe("audit");
  // It may be orders.
  expect(of(["tmp_…"])).toBe("hold");
  expect(of([])).toBe("hold");
});

test("a strict rule is for whoever has any of its roles", () => {
  const policy = policyOf([{ kinds: ["table"], roles: ["^dba$"], action: "deny" }]);
  expect(choose(sightingOf([["table", "t"]], { speaker: { otherRoles: ["dba"] } }), policy).action).toBe(
    "deny",
  );
  expect(choose(sightingOf([["table", "t"]]), policy).action).toBe("audit");
});

test("names are what the server makes of them: cut after 63 bytes", () => {
  const [role, database] = ["r".repeat(63), "d".repeat(63)];
  const policy = policyOf([
    { kinds: ["table"], roles: [`^${role}$`], action: "deny" },
    { kinds: ["table"], databases: [`^${database}$`], action: "hold" },
    { kinds: ["table"], databases: ["^d{65}$"], action: "pass" },
  ]);
  const of = (speaker: Partial<Sighting["speaker"]>) =>
    choose(sightingOf([["table", "t"]], { speaker }), policy).action;
  expect(of({ role: `${role}r` })).toBe("deny");
  expect(of({ otherRoles: [`${role}r`] })).toBe("deny");
  expect(of({ database: `${database}d` })).toBe("hold");
  expect(of({ database: `${"d".repeat(62)}eee` })).toBe("audit");
});

test("of several destructions in one message the gravest word counts", () => {
  const policy = policyOf([
    { kinds: ["table"], action: "pass" },
    { kinds: ["truncate"], action: "hold" },
  ]);
  const of = (...kinds: readonly DestructionKind[]) =>
    choose(sightingOf(kinds.map((kind) => [kind, "x"] as const)), policy).action;
  expect(of("table", "table")).toBe("pass");
  expect(of("table", "column")).toBe("audit");
  expect(of("table", "truncate")).toBe("hold");
  expect(of("truncate", "role", "table")).toBe("deny");
});

test.each<[DestructionKind, what: string, name: string, reason: RegExp | null]>([
  ["acl-user", "ACL DELUSER", "usr_t1", null],
  ["acl-user", "ACL SETUSER", "usr_t1", /none for ACL SETUSER/],
  ["mongo-database", "dropDatabase", "shop", null],
  ["mongo-user", "dropUser", "usr_t1", null],
  // A role is no user, and one message is no stream.
  ["mongo-user", "dropRole", "usr_t1", /none for dropRole/],
  ["stream", "$JS.API.STREAM.MSG.DELETE", "orders", /tells nobody what another user may/],
  ["stream", "$JS.API.STREAM.DELETE", "orders", /tells nobody what another user may/],
  // Its prefix is that of other keys as well.
  ["keys", "DEL", "t1", /under a prefix/],
])("%s by %s of %s: a fence takes away no more than was asked for", (kind, what, name, reason) => {
  const given = sightingOf([[kind, name]]);
  const sighting = { ...given, destructions: given.destructions.map((each) => ({ ...each, what })) };
  const chosen = choose(sighting, policyOf([{ kinds: [kind], action: "soft" }]));
  expect(chosen.action).toBe(reason === null ? "soft" : "deny");
  if (reason !== null) expect(chosen.reason).toMatch(reason);
});

test("a fence is for one thing of the sort, alone; otherwise it is denied, with the reason", () => {
  const policy = policyOf([
    { kinds: ["database", "role", "table"], action: "soft" },
    { kinds: ["schema"], action: "hold" },
    { kinds: ["truncate"], action: "pass" },
  ]);
  expect(choose(sightingOf([["database", "db_acme"]]), policy)).toMatchObject({
    action: "soft",
    reason: null,
  });
  for (const [given, reason] of [
    [sightingOf([["database", "db_acme"]], { isAlone: false }), /alone and outside/],
    [sightingOf([["role", "a"]], { isInTransaction: true }), /alone and outside/],
    [sightingOf([["role", "a", "b"]]), /one thing at a time/],
    // Neither is what somebody may approve of the two.
    [
      sightingOf([
        ["role", "a"],
        ["schema", "b"],
      ]),
      /one thing at a time/,
    ],
    [
      sightingOf([
        ["role", "a"],
        ["truncate", "b"],
      ]),
      /one thing at a time/,
    ],
    [sightingOf([["table", "t"]]), /none for what it destroys/],
    [sightingOf([["database", "db_…"]]), /cannot be known/],
    [sightingOf([["role"]]), /cannot be known/],
    [sightingOf([["role", "a"]], { isUnproved: true }), /has not let this client in/],
  ] as const) {
    const chosen = choose(given, policy);
    expect(chosen.action).toBe("deny");
    expect(chosen.reason).toMatch(reason);
  }
});

test("what is protected is denied, also where the policy lets pass", () => {
  const policy = policyOf([{ action: "pass" }]);
  const chosen = chooseAction(sightingOf([["role", "postgres"]]), policy, {
    isAdmin: false,
    protect: () => "this is a reserved name",
  });
  expect(chosen).toMatchObject({ action: "deny", reason: "this is a reserved name" });
});

test("a hold lasts as long as the shortest rule says, and in a transaction no longer than locks may wait", () => {
  const policy = policyOf([
    { kinds: ["role"], action: "hold", hold: { expires: "1h", in_transaction: "5s" } },
    { kinds: ["schema"], action: "hold" },
    { kinds: ["owned"], action: "hold", hold: { expires: "10s" } },
  ]);
  const of = (isInTransaction: boolean, ...kinds: DestructionKind[]) =>
    choose(
      sightingOf(
        kinds.map((kind) => [kind, "x"] as const),
        { isInTransaction },
      ),
      policy,
    ).holdMs;
  expect(of(false, "role")).toBe(3_600_000);
  expect(of(true, "role")).toBe(5000);
  expect(of(false, "schema")).toBe(600_000);
  expect(of(true, "schema")).toBe(30_000);
  expect(of(true, "owned")).toBe(10_000);
  expect(of(false, "schema", "role")).toBe(600_000);
});

test("one destruction more never makes the word milder", () => {
  const kind = fc.constantFrom(...destructionKinds);
  const action = fc.constantFrom("pass" as const, "audit" as const, "hold" as const, "deny" as const);
  const rules = fc.array(fc.record({ kinds: fc.array(kind, { minLength: 1, maxLength: 5 }), action }));
  const grave = ["pass", "audit", "hold", "deny"];
  fc.assert(
    fc.property(rules, fc.array(kind, { minLength: 1, maxLength: 4 }), kind, (given, some, more) => {
      const policy = policyOf(given);
      const of = (kinds: DestructionKind[]) =>
        grave.indexOf(choose(sightingOf(kinds.map((each) => [each, "x"] as const)), policy).action);
      expect(of([...some, more])).toBe(Math.max(of(some), of([more])));
    }),
  );
});
