import { afterAll, describe, expect, test } from "bun:test";
import { connect } from "../../../src/postgres/connect.ts";
import { openPostgresRoles } from "../../../src/proxy/adapters/postgres-roles.ts";
import { readGatePolicy } from "../../../src/proxy/gate/gate-policy.ts";
import { createGate } from "../../../src/proxy/gate/create-gate.ts";
import { keepFresh } from "../../../src/proxy/gate/keep-fresh.ts";
import { startTestCluster } from "../../support/cluster.ts";
import { sightingOf } from "../../support/sightings.ts";

const never = new AbortController().signal;

const old = await startTestCluster(14);
const recent = await startTestCluster(18);

describe.each([
  [14, old],
  [18, recent],
] as const)("the roles of PostgreSQL %d", (major, { settings }) => {
  const roles = openPostgresRoles(settings);
  afterAll(() => roles[Symbol.asyncDispose]());
  let now = 0;
  const source = keepFresh({ read: (signal) => roles.read(signal), nowMs: () => now });

  async function sql(...statements: readonly string[]): Promise<void> {
    await using session = await connect(settings, { applicationName: "test" });
    for (const statement of statements) await session.sql.unsafe(statement);
    now += 3000;
  }
  function gateOf(gate: Parameters<typeof readGatePolicy>[0]["gate"]) {
    const policy = readGatePolicy({ gate });
    return createGate({
      policy,
      roles: source,
      record: () => undefined,
      warn: (message) => expect(message).toBe(""),
    });
  }
  /** `in`, `admin` or what it is told. */
  async function come(
    gate: ReturnType<typeof gateOf>,
    role: string,
    also: readonly string[] = [],
  ): Promise<string> {
    const { speaker } = sightingOf([["role"]], { speaker: { role } });
    const admission = await gate.admit(speaker, { isReplication: false, roles: also });
    if (admission.kind === "refused") return admission.refusal.message;
    return admission.isAdmin ? "admin" : "in";
  }

  test("who is denied, and who is a member of whom is, however far away and in whatever way", async () => {
    await sql(
      "create role dba",
      "create role ops in role dba",
      "create role oncall noinherit in role ops",
      "create role ann login noinherit in role oncall",
      "create role bob login",
    );
    const gate = gateOf({ denied_roles: ["dba"] });
    for (const role of ["dba", "ops", "oncall", "ann"])
      expect(await come(gate, role)).toBe(`role "${role}" may not connect here`);
    expect(await come(gate, "bob")).toBe("in");
    expect(await come(gate, "bob", ["oncall"])).toBe('role "bob" with "oncall" may not connect here');
    expect(await come(gate, "bob", ["none"])).toBe("in");
    await sql("revoke ops from oncall");
    expect(await come(gate, "ann")).toBe("in");
    expect(await come(gate, "ops")).toContain("may not");
  });

  test("a role that is renamed or dropped is what it is by now", async () => {
    await sql("create role eve login", "create role boss", "grant boss to eve");
    const gate = gateOf({ denied_roles: ["boss"] });
    expect(await come(gate, "eve")).toContain("may not");
    await sql("alter role boss rename to chief");
    expect(await come(gate, "eve")).toBe("in");
    await sql("create role boss", "alter role eve rename to boss2", "grant boss to boss2");
    // Not asked for again in between, and not known: it is asked for at once.
    now -= 2000;
    expect(await come(gate, "boss2")).toContain("may not");
    await sql("drop role boss");
    expect(await come(gate, "boss2")).toBe("in");
    await sql("drop role boss2");
    // The server refuses it; should it be there by then, it is taken for one that may do anything.
    expect(await come(gate, "boss2")).toBe("admin");
  });

  test("who could drop what others own", async () => {
    const gate = gateOf(undefined);
    await sql(
      "create role maker createrole",
      "create role by_maker login in role maker",
      "create role builder createdb",
      "create role writer login in role pg_write_server_files",
      "create role owner_of",
      "create database of_owner owner owner_of",
      "create role plain_one login",
    );
    for (const role of ["maker", "by_maker", "builder", "writer", "owner_of", settings.user])
      expect([role, await come(gate, role)]).toEqual([role, "admin"]);
    expect(await come(gate, "plain_one")).toBe("in");
    const strict = gateOf({ superusers: "deny" });
    await sql("create role su superuser", "create role near_su login noinherit in role su");
    expect(await come(strict, settings.user)).toContain("may not");
    expect(await come(strict, "near_su")).toContain("may not");
    expect(await come(strict, "maker")).toBe("admin");
  });

  test.if(major >= 16)(
    "a membership that gives nothing is none; one that can give itself more is one",
    async () => {
      await sql(
        "create role lead",
        "create role r_nothing login",
        "create role r_inherit login",
        "create role r_set login",
        "create role r_admin login",
        "grant lead to r_nothing with inherit false, set false",
        "grant lead to r_inherit with inherit true, set false",
        "grant lead to r_set with inherit false, set true",
        "grant lead to r_admin with inherit false, set false, admin true",
      );
      const gate = gateOf({ denied_roles: ["lead"] });
      expect(await come(gate, "r_nothing")).toBe("in");
      for (const role of ["r_inherit", "r_set", "r_admin"])
        expect(await come(gate, role)).toContain("may not");
    },
  );

  test("a name as the server cuts it", async () => {
    const long = "r".repeat(63);
    await sql(`create role ${long} login`);
    const gate = gateOf({ denied_roles: [long] });
    expect(await come(gate, `${long}rrr`)).toContain("may not");
  });

  test("roles to be taken on, by what was known last", async () => {
    await sql("create role carl login", "create role dot", "create role danger");
    const gate = gateOf({ denied_roles: ["danger"] });
    await come(gate, "carl");
    const { speaker } = sightingOf([["role"]], { speaker: { role: "carl" } });
    const may = (role: string): boolean => gate.mayTakeOn(speaker, role);
    expect([may("dot"), may("none"), may("danger"), may("nobody")]).toEqual([true, true, false, false]);
    now += 60_000;
    expect(may("dot")).toBe(false);
    expect(gateOf(undefined).mayTakeOn(speaker, "nobody")).toBe(true);
  });

  test("a role that is an administrator's, granted while its session is in", async () => {
    await sql("create role eric login", "create role late_boss createrole", "create role late_peer");
    const gate = gateOf(undefined);
    expect(await come(gate, "eric")).toBe("in");
    const { speaker } = sightingOf([["role"]], { speaker: { role: "eric", isAdmin: false } });
    await sql("grant late_boss, late_peer to eric");
    expect(gate.mayTakeOn(speaker, "late_boss")).toBe(false);
    expect(gate.mayTakeOn(speaker, "late_peer")).toBe(true);
    expect(gate.mayTakeOn({ ...speaker, isAdmin: true }, "late_boss")).toBe(true);
  });

  test("a connection that was lost is opened anew", async () => {
    const gate = gateOf({ denied_roles: ["dba"] });
    await come(gate, "bob");
    await sql(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'custody role gate'",
    );
    const { speaker } = sightingOf([["role"]], { speaker: { role: "bob" } });
    const tell: string[] = [];
    const loose = createGate({
      policy: readGatePolicy({ gate: { denied_roles: ["dba"] } }),
      roles: source,
      record: () => undefined,
      warn: (message) => tell.push(message),
    });
    // Whether the loss was seen before it was asked is the system's matter; that it is mended is not.
    await loose.admit(speaker, { isReplication: false, roles: [] });
    expect(await come(gate, "bob")).toBe("in");
    expect(tell.length).toBeLessThanOrEqual(1);
  });

  test("what takes too long is given up, and the next one is asked anew", async () => {
    await using slow = openPostgresRoles(settings);
    await slow.read(never);
    const stop = new AbortController();
    await using locker = await connect(settings, { applicationName: "locker" });
    await locker.sql.unsafe("begin; lock table pg_catalog.pg_auth_members in access exclusive mode");
    const asked = slow.read(stop.signal);
    stop.abort();
    await expect(asked).rejects.toBeInstanceOf(Error);
    await locker.sql.unsafe("rollback");
    expect((await slow.read(never)).standing(settings.user)).not.toBeNull();
  });
});
