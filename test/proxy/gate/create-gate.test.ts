import { describe, expect, test } from "bun:test";
import { OpsError } from "../../../src/errors.ts";
import { createGate } from "../../../src/proxy/gate/create-gate.ts";
import type { RefusedConnection } from "../../../src/proxy/gate/create-gate.ts";
import { readGatePolicy } from "../../../src/proxy/gate/gate-policy.ts";
import { createRoleFacts } from "../../../src/proxy/gate/role-facts.ts";
import type { RoleFactsSource } from "../../../src/proxy/gate/role-facts.ts";
import type { Admission, Speaker } from "../../../src/proxy/sessions/ports.ts";
import { sightingOf } from "../../support/sightings.ts";

type Gate = Parameters<typeof readGatePolicy>[0]["gate"];

const facts = createRoleFacts(
  [
    { oid: "10", name: "postgres", isSuperuser: true, isPowerful: true },
    { oid: "11", name: "app", isSuperuser: false, isPowerful: false },
    { oid: "12", name: "dba", isSuperuser: false, isPowerful: true },
    { oid: "13", name: "ann", isSuperuser: false, isPowerful: false },
  ],
  [
    { member: "13", role: "12" },
    // Roles cannot be members of each other in a circle; a catalog that says so ends no worse.
    { member: "12", role: "13" },
    { member: "11", role: "999" },
  ],
);
const known: RoleFactsSource = { facts: () => facts, last: () => facts };
const away: RoleFactsSource = {
  facts: () => Promise.reject(new OpsError("unreachable", "it is away", "wait")),
  last: () => null,
};

async function come(
  gate: Gate,
  given: Partial<Speaker> = {},
  {
    roles = known,
    isReplication = false,
    also = [],
  }: {
    readonly roles?: RoleFactsSource | null;
    readonly isReplication?: boolean;
    readonly also?: readonly string[];
  } = {},
): Promise<Admission & { readonly recorded: readonly RefusedConnection[] }> {
  const recorded: RefusedConnection[] = [];
  const created = createGate({
    policy: readGatePolicy({ gate }),
    roles,
    record: (refused) => recorded.push(refused),
    warn: () => undefined,
  });
  const { speaker } = sightingOf([["role"]], { speaker: given });
  return { ...(await created.admit(speaker, { isReplication, roles: also })), recorded };
}

describe("who is refused", () => {
  test.each([
    [{ denied_roles: ["dba"] }, { role: "ann" }, "role"],
    [{ denied_roles: ["app"] }, { role: "app@" }, "role"],
    [{ allowed_roles: ["ann"] }, { role: "app" }, "role"],
    [{ superusers: "deny" }, { role: "postgres" }, "role"],
    [{ denied_addresses: ["10.0.0.0/8"] }, { peer: "10.1.2.3:5432" }, "address"],
    [{ denied_addresses: ["2001:db8::/32"] }, { peer: "[2001:db8::1]:5432" }, "address"],
    [{ allowed_addresses: ["10.0.0.0/8"] }, { peer: "unix" }, "address"],
    [{ denied_databases: ["postgres"] }, { database: "postgres" }, "database"],
    [{ denied_databases: ["d".repeat(63)] }, { database: "d".repeat(70) }, "database"],
    [{ allowed_databases: ["shop"] }, { database: "db_acme" }, "database"],
    [{ require_certificate: true }, { certificate: null }, "certificate"],
    [{ allowed_certificates: ["a.example"] }, { certificate: null }, "certificate"],
    [{ allowed_certificates: ["a.example"] }, { certificate: "b.example" }, "certificate"],
    [{ denied_roles: ["x"] }, { role: "\uFFFD" }, "unknown"],
  ] as const)("%p refuses %p", async (gate, speaker, reason) => {
    const { kind, recorded } = await come(gate as unknown as Gate, speaker);
    expect(kind).toBe("refused");
    expect(recorded.map((each) => each.reason)).toEqual([reason]);
  });

  test.each([
    [{ denied_roles: ["dba"] }, { role: "app" }],
    [{ allowed_roles: ["app"] }, { role: "app" }],
    [{ superusers: "deny" }, { role: "ann" }],
    [{ allowed_addresses: ["unix"] }, { peer: "unix" }],
    [{ allowed_addresses: ["127.0.0.0/8"] }, { peer: "127.0.0.1:1" }],
    [{ allowed_certificates: ["a.example"] }, { certificate: "a.example" }],
    [undefined, {}],
  ] as const)("%p lets %p in", async (gate, speaker) => {
    expect(await come(gate as unknown as Gate, speaker)).toMatchObject({ kind: "admitted", recorded: [] });
  });

  test("replication, unless it is allowed", async () => {
    expect(await come({}, {}, { isReplication: true })).toMatchObject({ kind: "refused" });
    expect(await come({ replication: "allow" }, {}, { isReplication: true })).toMatchObject({
      kind: "admitted",
    });
  });

  test("a role that is named at the start counts as the one that logs in", async () => {
    expect(await come({ denied_roles: ["dba"] }, {}, { also: ["ann"] })).toMatchObject({ kind: "refused" });
    expect(await come({}, {}, { also: ["ann"] })).toMatchObject({ kind: "admitted", isAdmin: true });
    expect(await come({ allowed_roles: ["app"] }, {}, { also: ["none"] })).toMatchObject({
      kind: "admitted",
    });
  });
});

test("what who is refused is told: nothing of the rule, nor of who he is a member of", async () => {
  const direct = await come({ denied_roles: ["dba"] }, { role: "dba" });
  const member = await come({ denied_roles: ["dba"] }, { role: "ann" });
  expect(direct.kind === "refused" && direct.refusal).toEqual({
    code: "28000",
    message: 'role "dba" may not connect here',
    detail: "Refused before the server was asked, as s-0000000000000000.",
    hint: "Ask whoever runs custody here, with that number.",
  });
  expect(JSON.stringify(member)).toContain('role \\"ann\\" may not connect here');
  expect(member.kind === "refused" && JSON.stringify(member.refusal)).not.toContain("dba");
  const strange = await come(
    { denied_roles: ["x"] },
    { role: `\u001b[2J\n${"x".repeat(300)}` },
    { roles: away },
  );
  expect(strange.kind === "refused" && strange.refusal.message).toMatch(/^whether role "[ -~]{100}" may/);
});

describe("roles that cannot be asked for", () => {
  test("nobody comes in where it matters who they are", async () => {
    const { kind, recorded } = await come({ denied_roles: ["dba"] }, {}, { roles: away });
    expect([kind, recorded[0]?.reason]).toEqual(["refused", "unknown"]);
  });
  test("where it does not, everybody counts as one that could do anything", async () => {
    expect(await come({}, {}, { roles: away })).toMatchObject({ kind: "admitted", isAdmin: true });
  });
  test("a protocol without roles knows names alone", async () => {
    const protocol = { protocol: "redis" as const };
    expect(
      await come({ denied_roles: ["default"] }, { ...protocol, role: "default" }, { roles: null }),
    ).toMatchObject({ kind: "refused" });
    expect(
      await come({ denied_roles: ["default"] }, { ...protocol, role: "app" }, { roles: null }),
    ).toMatchObject({ kind: "admitted", isAdmin: false });
  });
});

describe("who takes on a role", () => {
  test.each([
    [false, "dba", false],
    [false, "ann", false],
    [false, "postgres", false],
    [false, "app", true],
    [false, "nobody", true],
    [false, "none", true],
    [true, "dba", true],
  ] as const)("admin when he came in: %p, takes on %s: %p", (isAdmin, role, isTaken) => {
    const gate = createGate({
      policy: readGatePolicy({ gate: {} }),
      roles: known,
      record: () => undefined,
      warn: () => undefined,
    });
    const { speaker } = sightingOf([["role"]], { speaker: { role: "app", isAdmin } });
    expect(gate.mayTakeOn(speaker, role)).toBe(isTaken);
  });
});
