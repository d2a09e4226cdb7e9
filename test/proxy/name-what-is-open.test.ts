import { expect, test } from "bun:test";
import type { z } from "zod";
import { listenerSchema } from "../../src/config/listener-schema.ts";
import { countDeniedRoles } from "../../src/proxy/gate/count-denied-roles.ts";
import { nameWhatIsOpen } from "../../src/proxy/name-what-is-open.ts";

type Given = Partial<z.input<typeof listenerSchema>>;

const tls = { cert: "c", key: "k", client_ca: "a", required: true };
const gate = { denied_roles: ["postgres"], superusers: "deny" as const };

/** What is said of a listener that differs in this from one that is closed. */
function open(given: Given): readonly string[] {
  const closed = { name: "l", target: "t", protocol: "postgres", listen: "127.0.0.1:6432", gate } as const;
  return nameWhatIsOpen(listenerSchema.parse({ ...closed, ...given }));
}

test("a listener that leaves nothing open is told nothing of", () => {
  expect(open({})).toEqual([]);
  expect(open({ listen: "0.0.0.0:6432", authentication: "certificate", tls })).toEqual([]);
  expect(open({ listen: "/run/x.sock", socket_mode: "0660" })).toEqual([]);
  expect(open({ policy: [{ action: "audit" }] })).toEqual([]);
  expect(open({ policy: [{ kinds: ["database", "role", "schema"], action: "soft" }] })).toEqual([]);
});

test.each<[Given, string]>([
  [{ gate: {} }, "l: gate.denied_roles is empty"],
  [{ gate: { denied_roles: ["postgres"] } }, "l: gate.superusers is not deny"],
  [{ gate: { ...gate, replication: "allow" } }, "l: gate.replication is allow"],
  [{ listen: "/run/x.sock", socket_mode: "666" }, "l: socket_mode 666: everybody"],
  [{ policy: [{ kinds: ["opaque"], action: "pass" }] }, "l: policy[0] lets pass what cannot be known"],
  [
    { policy: [{ kinds: ["flush", "table"], action: "audit" }] },
    "l: policy[0] speaks of flush, which postgres has not",
  ],
  [
    { policy: [{ kinds: ["table", "role"], action: "soft" }] },
    "l: policy[0] is soft, and there is no fence for table",
  ],
  [
    { policy: [{ action: "audit" }, { kinds: ["table"], action: "deny" }] },
    "l: policy[1] is never met: policy[0]",
  ],
])("%j", (given, said) => {
  expect(open(given)).toEqual([expect.stringContaining(said)]);
});

test("an address that others reach", () => {
  const far = { listen: "0.0.0.0:6432", authentication: "server" as const };
  expect(open(far)).toEqual([
    "l: 0.0.0.0:6432 has no tls: passwords and data cross the network in clear",
    expect.stringContaining("l: authentication is the server's"),
  ]);
  expect(open({ ...far, tls: { cert: "c", key: "k" } })[0]).toContain("tls.required is off");
});

test("how many roles are denied: none, where one gate lets everybody in", () => {
  const of = (...gates: (z.input<typeof listenerSchema>["gate"] | undefined)[]) =>
    countDeniedRoles(gates.map((each) => ({ gate: each })));
  expect(of()).toBe(0);
  expect(of({ denied_roles: ["a", "b", "b"] })).toBe(2);
  expect(of({ denied_roles: ["a"] }, { denied_roles: ["a", "b"] })).toBe(3);
  expect(of({ denied_roles: ["a"] }, undefined)).toBe(0);
  expect(of({ denied_roles: ["a"] }, { denied_addresses: ["10.0.0.0/8"] })).toBe(0);
  expect(of({ allowed_roles: ["app"] }, { superusers: "deny" })).toBe(2);
});
