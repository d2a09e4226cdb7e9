import { afterAll, describe, expect, test } from "bun:test";
import { openGates } from "../../../src/proxy/adapters/open-gates.ts";
import { OpsError } from "../../../src/errors.ts";
import { connect } from "../../../src/postgres/connect.ts";
import type { ConnectionSettings } from "../../../src/postgres/settings.ts";
import type { Gate, Speaker } from "../../../src/proxy/sessions/ports.ts";
import { freshDatabase, run, startTestCluster } from "../../support/cluster.ts";
import { startCuttingProxy } from "../../support/cutting-proxy.ts";
import { openTestLedger } from "../../support/ledger.ts";
import { createMemoryStore, openMemoryLedger } from "../../support/memory-ledger.ts";
import { urlOf } from "../../support/prove.ts";
import { sightingOf } from "../../support/sightings.ts";
import { bareEnv } from "../../support/tcp-settings.ts";

const clusters = [await startTestCluster(15), await startTestCluster(16)];

const speakerOf = (speaker: Partial<Speaker>): Speaker => sightingOf([["role"]], { speaker }).speaker;

/** `in`, `admin` or what it is told. */
async function come(gate: Gate, role: string, given: Partial<Speaker> = {}): Promise<string> {
  const admission = await gate.admit(speakerOf({ ...given, role }), { isReplication: false, roles: [] });
  if (admission.kind === "refused") return admission.refusal.message;
  return admission.isAdmin ? "admin" : "in";
}

const uncounted = { connectionRefused: () => undefined };

async function openFor(settings: ConnectionSettings) {
  const store = createMemoryStore();
  const counted: string[] = [];
  const warnings: string[] = [];
  const gates = await openGates({
    targets: [
      { name: "customers", kind: "postgres", url: urlOf(settings) },
      { name: "cache", kind: "redis", url: "redis://127.0.0.1:1" },
    ],
    ledger: openMemoryLedger(store, "one"),
    metrics: { connectionRefused: (listener, reason) => void counted.push(`${listener} ${reason}`) },
    env: bareEnv,
    warn: (message) => warnings.push(message),
  });
  return {
    gates,
    warnings,
    counted,
    events: store.events,
    [Symbol.asyncDispose]: () => gates[Symbol.asyncDispose](),
  };
}

for (const cluster of clusters) {
  describe(`the gates before PostgreSQL ${cluster.installation.major}`, () => {
    const { settings } = cluster;

    test("each listener has its own rules, over the same facts", async () => {
      await run(cluster, "create role gates_dba; create role gates_app login in role gates_dba");
      await using open = await openFor(settings);
      const section = { target: "customers" };
      const strict = open.gates.gateFor({ ...section, gate: { denied_roles: ["gates_dba"] } });
      const loose = open.gates.gateFor(section);
      expect(await come(strict, "gates_app")).toBe('role "gates_app" may not connect here');
      expect(await come(loose, "gates_app")).toBe("in");
      expect(await come(loose, settings.user)).toBe("admin");
      await using session = await connect(settings, { applicationName: "test" });
      const rows = await session.sql.unsafe(
        "select 1 from pg_stat_activity where application_name = 'custody role gate'",
      );
      expect(rows.length).toBe(1);
      expect(open.counted).toEqual(["pg role"]);
      // Nothing has waited for the ledger.
      await open.gates[Symbol.asyncDispose]();
      expect(open.events.map(({ action, details }) => [action, details["role"], details["reason"]])).toEqual([
        ["connection.refused", "gates_app", "role"],
      ]);
    });

    test("membership that was granted between two logins", async () => {
      await run(cluster, "create role between_dba; create role between_app login");
      await using open = await openFor(settings);
      const gate = open.gates.gateFor({ target: "customers", gate: { denied_roles: ["between_dba"] } });
      expect(await come(gate, "between_app")).toBe("in");
      await run(cluster, "grant between_dba to between_app");
      const granted = performance.now();
      // No later than facts may be old.
      while ((await come(gate, "between_app")) === "in") {
        expect(performance.now() - granted).toBeLessThan(2_500);
        await Bun.sleep(20);
      }
      expect(await come(gate, "between_app")).toContain("may not");
    });

    test("a target that is away: nobody, once told; then everybody again", async () => {
      await run(cluster, "create role away_app login");
      await using proxy = await startCuttingProxy(settings);
      await using open = await openFor(proxy.settings);
      const gate = open.gates.gateFor({ target: "customers", gate: { denied_roles: ["away_dba"] } });
      proxy.close(true);
      for (const _ of [1, 2, 3])
        expect(await come(gate, "away_app")).toBe(
          'whether role "away_app" may connect here cannot be known now',
        );
      expect(gate.mayTakeOn(speakerOf({ role: "away_app" }), "away_app")).toBe(false);
      expect(open.warnings).toEqual([
        expect.stringContaining("customers: the roles of the target cannot be asked"),
      ]);
      proxy.close(false);
      expect(await come(gate, "away_app")).toBe("in");
      expect(gate.mayTakeOn(speakerOf({ role: "away_app" }), "away_app")).toBe(true);
    });

    test("what a session can call: of its database, else of the one called as the role", async () => {
      await using database = await freshDatabase(cluster, { name: "functions_of" });
      await run(
        { settings: database.settings },
        "create function public.lower(int) returns int language sql as 'select 1'",
      );
      await using open = await openFor(settings);
      const known = async (name: string, role: string): Promise<boolean | undefined> =>
        (await open.gates.knownFunctions({ target: "customers", database: name, role }))?.has("lower");
      expect(await known("functions_of", "postgres")).toBe(false);
      expect(await known("", "functions_of")).toBe(false);
      expect(await known("postgres", "functions_of")).toBe(true);
    });
  });
}

describe("the gates before the others", () => {
  const { settings } = clusters[0]!;
  test("users are what they are called", async () => {
    await using open = await openFor(settings);
    const gate = open.gates.gateFor({ target: "cache", gate: { denied_roles: ["ops"] } });
    const redis = { protocol: "redis", target: "cache", database: "" } as const;
    expect(await come(gate, "app", redis)).toBe("in");
    expect(await come(gate, "default", redis)).toBe("admin");
    expect(await come(gate, "ops", redis)).toBe('role "ops" may not connect here');
    expect(gate.mayTakeOn(speakerOf({ ...redis, role: "app" }), "ops")).toBe(false);
    expect(await open.gates.knownFunctions({ target: "cache", database: "0", role: "app" })).toBeNull();
  });

  test("a URL that cannot be read is told at once, without its password", async () => {
    const opened = openGates({
      targets: [{ name: "customers", kind: "postgres", url: "postgres://u:secret@h:port/db" }],
      ledger: openMemoryLedger(createMemoryStore(), "one"),
      metrics: uncounted,
      env: bareEnv,
      warn: () => undefined,
    });
    const failure: unknown = await opened.catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(OpsError);
    expect(String(failure)).not.toContain("secret");
  });
});

test("a refusal is in the chain of a real ledger", async () => {
  const [cluster] = clusters;
  await using database = await freshDatabase(cluster!);
  await using ledger = await openTestLedger(database.settings);
  const gates = await openGates({
    targets: [{ name: "customers", kind: "postgres", url: urlOf(cluster!.settings) }],
    ledger,
    metrics: uncounted,
    env: bareEnv,
    warn: (message) => expect(message).toBe(""),
  });
  afterAll(() => gates[Symbol.asyncDispose]());
  const gate = gates.gateFor({ target: "customers", gate: { allowed_addresses: ["10.0.0.0/8"] } });
  expect(await come(gate, "app")).toBe("this address may not connect here");
  await gates[Symbol.asyncDispose]();
  await using session = await connect(database.settings, { applicationName: "test" });
  const rows = await session.sql.unsafe("select details->>'reason' as reason from audit_events");
  expect(rows.map((row) => row["reason"])).toEqual(["address"]);
});
