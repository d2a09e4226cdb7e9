import { describe, expect, test } from "bun:test";
import { createAddressSet } from "../../src/config/address-block.ts";
import { parseConfig } from "../../src/config/parse.ts";

const head = `targets:
  - { name: pg, kind: postgres, url: x }
  - { name: cache, kind: redis, url: x }
listeners:
  - name: l
    target: pg
    protocol: postgres
`;

/** `line:column path: message` of each problem of a listener whose further lines are these, the first of them line 8. */
function problems(...lines: readonly string[]): readonly string[] {
  const source = `${head}${lines.map((line) => `    ${line}\n`).join("")}`;
  const parsed = parseConfig(source, { env: {}, folder: "/", sections: ["targets", "listeners"] });
  if (!("problems" in parsed)) return [];
  return parsed.problems.map((each) => `${each.line}:${each.column} ${each.path}: ${each.message}`);
}

const local = "listen: 127.0.0.1:6432";
const tls = "tls: { cert: c, key: k, client_ca: a, required: true }";

test("everything that a listener can say", () => {
  expect(
    problems(
      "listen: /run/custody/pg.sock",
      "socket_mode: '0660'",
      "authentication: certificate",
      "tls: { cert: c, key: k, client_ca: a, client_cert: required, min_version: TLSv1.3, required: true }",
      "gate:",
      "  denied_roles: [postgres, doadmin]",
      "  allowed_roles: [app]",
      "  denied_addresses: [10.0.0.0/8, '2001:db8::/32', 192.0.2.1]",
      "  allowed_addresses: [unix]",
      "  denied_databases: [postgres]",
      "  allowed_databases: [shop]",
      "  allowed_certificates: [app.example.com]",
      "  require_certificate: true",
      "  replication: allow",
      "  superusers: deny",
      "policy:",
      "  - { kinds: [table], databases: ['^db_'], roles: ['^app$'], names: ['^tmp_'], tags: { job: x }, action: hold, hold: { expires: 1h, in_transaction: 5s }, reason: ask }",
      "  - { action: audit }",
      "limits: { startup: 5s, message_bytes: 100, whole_bytes: 100, connections: 10, per_address: 2 }",
      "drain: 30s",
    ),
  ).toEqual([]);
});

test("all problems of a listener at once, each with its line and column", () => {
  expect(
    problems(
      "listen: 0.0.0.0:6432",
      "socket_mode: 0660",
      "tls: { cert: c, key: k, client_cert: required, min_version: TLSv1.1 }",
      "gate:",
      "  allowed_roles: []",
      "  denied_addresses: [10.0.0.0/33]",
      "  roles: [x]",
      "policy:",
      "  - { kinds: [], action: pass }",
      "  - { names: ['(a+)\\1'], action: deny, hold: { expires: 1h } }",
      "  - { action: drop }",
      "limits: { connections: 0 }",
    ),
  ).toEqual([
    expect.stringContaining("8:13 listeners[0].listen: others than this machine could connect"),
    "9:18 listeners[0].socket_mode: is no file mode: write '0660', in quotes",
    '10:65 listeners[0].tls.min_version: "TLSv1.1" is none of TLSv1.2, TLSv1.3',
    "12:22 listeners[0].gate.allowed_roles: is empty: nobody could come in",
    "13:26 listeners[0].gate.denied_addresses[0]: is no address: write 10.1.2.3, 10.0.0.0/8, 2001:db8::/32, or unix",
    "14:7 listeners[0].gate.roles: unknown key",
    expect.stringContaining("16:18 listeners[0].policy[0].kinds: Too small"),
    "17:19 listeners[0].policy[1].names[0]: refers back to a group, which is not taken",
    "17:50 listeners[0].policy[1].hold: is not for the action deny",
    '18:19 listeners[0].policy[2].action: "drop" is none of pass, audit, hold, deny, soft',
    expect.stringContaining("19:28 listeners[0].limits.connections: Too small"),
  ]);
});

describe("what fits in each part, and not together", () => {
  test.each([
    [["listen: 0.0.0.0:6432"], "8:13 listeners[0].listen: others than this machine could connect: "],
    [["listen: '[::]:6432'"], "8:13 listeners[0].listen: others than this machine could connect: "],
    [["listen: db.example.com:6432"], "8:13 listeners[0].listen: others than this machine could connect: "],
    [
      ["listen: 0.0.0.0:6432", "authentication: certificate"],
      "9:21 listeners[0].authentication: certificate needs",
    ],
    [
      [
        "listen: 0.0.0.0:6432",
        "authentication: certificate",
        "tls: { cert: c, key: k, client_ca: a, client_cert: optional, required: true }",
      ],
      "9:21 listeners[0].authentication: certificate needs",
    ],
    [
      // Who does not begin TLS is asked for nothing.
      ["listen: 0.0.0.0:6432", "authentication: certificate", "tls: { cert: c, key: k, client_ca: a }"],
      "9:21 listeners[0].authentication: certificate needs",
    ],
    [[local, "socket_mode: '0600'"], "9:18 listeners[0].socket_mode: is for a Unix socket alone"],
    [
      [local, "tls: { cert: c, key: k, client_cert: optional }"],
      "9:42 listeners[0].tls.client_cert: needs client_ca",
    ],
    [
      [local, "gate: { require_certificate: true }"],
      "9:34 listeners[0].gate.require_certificate: needs tls.client_ca",
    ],
    [
      [local, "gate: { allowed_certificates: [x] }"],
      "9:35 listeners[0].gate.allowed_certificates: needs tls.client_ca",
    ],
    [
      [local, "limits: { message_bytes: 10, whole_bytes: 11 }"],
      "9:47 listeners[0].limits.whole_bytes: is more than",
    ],
    [
      [local, "policy: [{ action: pass, hold: { expires: 1h } }]"],
      "9:36 listeners[0].policy[0].hold: is not for the action pass",
    ],
  ])("%p", (lines, problem) =>
    expect(problems(...lines)).toEqual([expect.stringMatching(new RegExp(`^${RegExp.escape(problem)}`))]),
  );

  test.each([
    [["listen: 0.0.0.0:6432", "authentication: server"]],
    [["listen: 0.0.0.0:6432", "authentication: certificate", tls]],
    [["listen: '[::1]:6432'"]],
    [["listen: localhost:6432"]],
    [["listen: /run/pg.sock"]],
  ])("%p is right", (lines) => expect(problems(...lines)).toEqual([]));
});

test("a protocol that the target does not speak, what it has not, and an address that is taken", () => {
  const source = `${head}    listen: 127.0.0.1:6432
  - { name: m, target: cache, protocol: postgres, listen: 127.0.0.1:6433 }
  - name: n
    target: cache
    protocol: redis
    listen: 127.0.0.1:6432
    gate: { superusers: deny, replication: deny, allowed_databases: [x] }
`;
  const parsed = parseConfig(source, { env: {}, folder: "/", sections: ["listeners"] });
  const told = "problems" in parsed ? parsed.problems.map(({ path, message }) => `${path}: ${message}`) : [];
  expect(told).toEqual([
    "listeners[1].protocol: cache is of kind redis",
    "listeners[2].listen: 127.0.0.1:6432 is taken by another listener",
    "listeners[2].gate.superusers: is for postgres alone",
    "listeners[2].gate.allowed_databases: is for postgres alone: others name no database when they come",
  ]);
});

test("which addresses are in a block", () => {
  const set = createAddressSet(["10.0.0.0/8", "192.0.2.7", "2001:db8::/32"]);
  const hosts = [
    "10.255.0.1",
    "11.0.0.1",
    "192.0.2.7",
    "192.0.2.8",
    "2001:db8:1::1",
    "2001:db9::1",
    "unix",
    "what",
  ];
  expect(hosts.filter((host) => set.has(host))).toEqual(["10.255.0.1", "192.0.2.7", "2001:db8:1::1"]);
  expect(createAddressSet(["unix"]).has("unix")).toBe(true);
  expect(createAddressSet(["fe80::/10"]).has("fe80::1%eth0")).toBe(true);
  expect(createAddressSet(["0.0.0.0/0"]).has("unix")).toBe(false);
});
