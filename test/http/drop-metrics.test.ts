import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DropMetrics, MetricsOptions } from "../../src/chokepoint/faces.ts";
import { outcomes } from "../../src/chokepoint/drop.ts";
import { readPolicy } from "../../src/chokepoint/read-policy.ts";
import { createDropMetrics } from "../../src/http/drop-metrics.ts";
import { requestBody, startTestApi } from "../support/api-server.ts";
import { temporaryFolder } from "../support/run-commands.ts";

const place = { folder: "/", stateDir: "/nowhere" };
const targets = [
  readPolicy({ name: "customers", kind: "postgres", placement: "shared", url: "postgres://db/x" }, place),
  readPolicy({ name: "sessions", kind: "redis", placement: "dedicated", url: "redis://r" }, place),
];

function metricsOf(more: Partial<MetricsOptions> = {}): DropMetrics {
  return createDropMetrics({
    prefix: "custody",
    targets,
    protocols: ["postgres"],
    count: async () => ({ held: 2, tombstones: { proved: 3 } }),
    circuit: (target) => (target === "sessions" ? 1 : 0),
    listeners: ["customers-pg"],
    deniedRoles: 2,
    stateDir: "/nowhere",
    ...more,
  });
}

/** The value of a series as it is written. */
const valueOf = (text: string, series: string): string | undefined =>
  text
    .split("\n")
    .find((line) => line.startsWith(`${series} `))
    ?.slice(series.length + 1);

describe("from the start", () => {
  test("every series of the promise is there, at zero", async () => {
    const text = await metricsOf().expose();
    const series = [
      ...["postgres", "database", "role", "schema"].flatMap((type) =>
        outcomes.map(
          (outcome) => `drop_total{resource_type="${type}",backend="shared",outcome="${outcome}"}`,
        ),
      ),
      ...["redis", "acl-user", "keys"].map(
        (type) => `drop_total{resource_type="${type}",backend="dedicated",outcome="ok"}`,
      ),
      // What the sessions of its listener can do themselves.
      ...["truncate", "owned", "opaque"].map(
        (type) => `drop_total{resource_type="${type}",backend="shared",outcome="rolled_back"}`,
      ),
      'drop_seconds_count{resource_type="postgres",backend="shared"}',
      'drop_seconds_bucket{le="0.5",resource_type="postgres",backend="shared"}',
      "drop_unattributed_total",
      "drop_orphaned_total",
      "drop_contradicted_total",
      'canary_total{target="customers",outcome="heard"}',
      'canary_total{target="customers",outcome="silent"}',
      'recognised_total{protocol="postgres",kind="database",action="deny"}',
      "chain_break_detected_total",
      'chain_verify_total{outcome="clean"}',
      "chain_rows",
      'smoke_total{outcome="proved"}',
      'tombstones{state="unproved"}',
      'circuit_state{target="customers"}',
      'connections_refused_total{listener="customers-pg",reason="role"}',
      'connections_refused_total{listener="customers-pg",reason="limit"}',
      'sessions{listener="customers-pg"}',
    ];
    expect(series.filter((each) => valueOf(text, `custody_${each}`) !== "0")).toEqual([]);
    // No session speaks to it through custody.
    expect(text).not.toContain('resource_type="flush"');
    expect(valueOf(text, "custody_drop_held")).toBe("2");
    expect(valueOf(text, 'custody_tombstones{state="proved"}')).toBe("3");
    expect(valueOf(text, 'custody_circuit_state{target="sessions"}')).toBe("1");
    expect(valueOf(text, "custody_role_gate_denied_roles")).toBe("2");
    expect(valueOf(text, "custody_listeners")).toBe("1");
    for (const target of ["customers", "sessions"])
      expect(valueOf(text, `custody_reconcile_last_success_timestamp_seconds{target="${target}"}`)).toBe(
        "NaN",
      );
    expect(text).not.toContain('canary_total{target="sessions"');
    expect(valueOf(text, "custody_ledger_up")).toBe("1");
    expect(text).not.toContain('resource_type="redis",backend="shared"');
    expect(text).not.toContain('protocol="redis"');
  });

  test("the prefix is the configuration's", async () => {
    const text = await metricsOf({ prefix: "instant_provisioner" }).expose();
    expect(text).toContain("\ninstant_provisioner_drop_total{");
    expect(text).not.toContain("custody_");
  });

  test("a ledger that is down is told, and nothing is made up of it", async () => {
    const text = await metricsOf({ count: () => Promise.reject(new Error("gone")) }).expose();
    expect(valueOf(text, "custody_ledger_up")).toBe("0");
    expect(valueOf(text, "custody_drop_held")).toBe("NaN");
  });
});

describe("drops", () => {
  test("each is counted once, when it is decided, and timed to its answer", async () => {
    const metrics = metricsOf();
    await using api = await startTestApi(undefined, undefined, metrics);
    api.chokepoint.follow((fact) => metrics.tell(fact));
    const ids = [];
    for (const name of ["db_1", "db_2", "db_held_1", "db_refused_1", "db_breaker_1", "db_noop_1"]) {
      const answer = await api.ask("/v1/drops", { as: "provisioner", body: requestBody(name) });
      ids.push(((await answer.json()) as { drop_id: string }).drop_id);
    }
    const text = async (): Promise<string> => {
      const said = await (await api.ask("/metrics", { as: null })).text();
      return said;
    };
    const counted = (said: string, outcome: string): string | undefined =>
      valueOf(said, `custody_drop_total{resource_type="postgres",backend="shared",outcome="${outcome}"}`);
    const first = await metrics.expose();
    expect(
      ["ok", "refused", "breaker_open", "noop", "denied", "error", "unknown"].map((each) =>
        counted(first, each),
      ),
    ).toEqual(["2", "1", "1", "1", "0", "0", "0"]);
    expect(valueOf(first, 'custody_drop_seconds_count{resource_type="postgres",backend="shared"}')).toBe("6");
    // What comes after the answer decides nothing anew.
    for (const state of ["tombstoned", "proved", "completed", "purge_started", "purged"] as const)
      api.chokepoint.move(ids[0]!, state);
    await api.ask(`/v1/drops/${ids[2]}/deny`, { as: "second", method: "POST" });
    const then = await metrics.expose();
    expect(["ok", "denied"].map((each) => counted(then, each))).toEqual(["2", "1"]);
    expect(valueOf(then, 'custody_drop_seconds_count{resource_type="postgres",backend="shared"}')).toBe("6");
    expect(await text()).toContain("custody_drop_total");
  });

  test("without a fence the completion decides", async () => {
    const metrics = metricsOf();
    await using api = await startTestApi();
    const id = (
      (await (await api.ask("/v1/drops", { body: requestBody("db_held_1") })).json()) as { drop_id: string }
    ).drop_id;
    api.chokepoint.follow((fact) => metrics.tell(fact));
    api.chokepoint.move(id, "completed");
    const series = 'custody_drop_total{resource_type="postgres",backend="shared",outcome="ok"}';
    expect(valueOf(await metrics.expose(), series)).toBe("1");
  });
});

test("what reconciliation, the wire and verifications tell is counted", async () => {
  const metrics = metricsOf();
  const thing = {
    target: "customers",
    part: "database",
    id: "1",
    name: "db_1",
    systemIdentifier: "7",
  } as const;
  const loss = {
    ...thing,
    type: "loss-unattributed",
    lastSeen: "",
    relatedDropId: null,
    witness: null,
  } as const;
  const before = Date.now() / 1000;
  for (const fact of [
    { ...loss, isCanary: false },
    // It was there to be missed: nobody is called for it.
    { ...loss, isCanary: true },
    { ...thing, type: "drop-orphaned", reason: "left-over", dropId: null },
    { type: "canary-heard", target: "customers", name: "c1" },
    { type: "canary-silent", target: "customers", name: "c2" },
    { type: "canary-silent", target: "customers", name: "c3" },
    { type: "target-unseen", target: "sessions", error: "gone" },
    {
      type: "round-finished",
      target: "customers",
      systemIdentifier: "7",
      isFirst: false,
      seen: 1,
      blind: [],
    },
  ] as const)
    metrics.reconciled(fact);
  metrics.contradicted();
  metrics.recognised("postgres", "role", "hold");
  metrics.chainVerified({ isSound: true, rows: 7, at: new Date(1_700_000_000_000) });
  metrics.chainVerified({ isSound: false, rows: null, at: new Date(1_800_000_000_000) });
  const text = await metrics.expose();
  expect(
    [
      "drop_unattributed_total",
      "drop_orphaned_total",
      'canary_total{target="customers",outcome="heard"}',
      'canary_total{target="customers",outcome="silent"}',
      "drop_contradicted_total",
      'recognised_total{protocol="postgres",kind="role",action="hold"}',
      'chain_verify_total{outcome="clean"}',
      'chain_verify_total{outcome="broken"}',
      "chain_break_detected_total",
      "chain_rows",
      "chain_last_verified_timestamp_seconds",
    ].map((each) => valueOf(text, `custody_${each}`)),
  ).toEqual(["1", "1", "1", "2", "1", "1", "1", "1", "1", "7", "1700000000"]);
  const seen = "custody_reconcile_last_success_timestamp_seconds";
  expect(Number(valueOf(text, `${seen}{target="customers"}`))).toBeWithin(before, Date.now() / 1000 + 1);
  expect(valueOf(text, `${seen}{target="sessions"}`)).toBe("NaN");
});

test("the documents of smoke give its series, each run counted once", async () => {
  using folder = temporaryFolder();
  mkdirSync(join(folder.path, "runs"));
  const write = (name: string, verdict: string, more: object): void =>
    writeFileSync(
      join(folder.path, "runs", `${name}.json`),
      JSON.stringify({
        v: 1,
        command: "smoke",
        verdict,
        error: null,
        run: { started_at: "2026-01-01T00:00:00.000Z", seconds: 10 },
        ...more,
      }),
    );
  const metrics = metricsOf({ stateDir: folder.path });
  expect(valueOf(await metrics.expose(), "custody_smoke_last_success_timestamp_seconds")).toBe("NaN");
  write("20260101T000000Z-smoke-a", "proved", { rto_seconds: 3.5, rpo_seconds: 60 });
  write("20260102T000000Z-smoke-b", "disproved", { rto_seconds: 4, rpo_seconds: null });
  write("20260103T000000Z-chain-verify-c", "clean", { command: "chain verify" });
  writeFileSync(join(folder.path, "runs", "20260104T000000Z-smoke-d.json"), '{"command":"smo');
  await metrics.expose();
  const text = await metrics.expose();
  expect(
    [
      'smoke_total{outcome="proved"}',
      'smoke_total{outcome="disproved"}',
      "smoke_rto_seconds",
      "smoke_rpo_seconds",
      "smoke_last_success_timestamp_seconds",
    ].map((each) => valueOf(text, `custody_${each}`)),
  ).toEqual(["1", "1", "4", "60", "1767225610"]);
});
