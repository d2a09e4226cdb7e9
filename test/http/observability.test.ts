import { describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { exposeStatus } from "../../src/chain/watch/expose-status.ts";
import { initialStatus } from "../../src/chain/watch/status.ts";
import { createDropMetrics } from "../../src/http/drop-metrics.ts";
import { testTargets } from "../support/api-server.ts";
import { temporaryFolder } from "../support/run-commands.ts";

const folder = join(import.meta.dirname, "../../docs/observability");
const read = (name: string): string => readFileSync(join(folder, name), "utf8");

const tests = ["alerts.test.yml", "alerts-days.test.yml"];

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { readonly alert: string; readonly expr: string }[];
  }[];
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly refId: string; readonly expr: string }[];
}

const rules = (parse(read("alerts.yml")) as Rules).groups.flatMap((group) => group.rules);
const { panels } = JSON.parse(read("dashboard.json")) as { panels: readonly Panel[] };
const queries = panels.flatMap((panel) => panel.targets ?? []).map(({ expr }) => expr);

const promtool = (...args: string[]): { readonly code: number | null; readonly text: string } => {
  const { status, stdout, stderr } = spawnSync("promtool", args, { encoding: "utf8" });
  return { code: status, text: stdout + stderr };
};

describe("alerts", () => {
  test("every one is seen to fire and to stay silent", () => {
    expect(promtool("check", "rules", join(folder, "alerts.yml")).text).toContain("SUCCESS");
    const { code, text } = promtool("test", "rules", ...tests.map((name) => join(folder, name)));
    expect([code, text]).toEqual([0, expect.stringContaining("SUCCESS") as string]);
    const tested = new Set(
      [
        ...tests
          .map(read)
          .join("\n")
          .matchAll(/alertname: (\w+)/g),
      ].map(([, name]) => name),
    );
    expect(rules.map(({ alert }) => alert).filter((each) => !tested.has(each))).toEqual([]);
  });

  test.each([
    ["a threshold", "> 0.2", "> 2"],
    ["a pause", "for: 30m", "for: 3h"],
    ["a state", '{state="unproved"}', '{state="gone"}'],
    ["a comparison", "custody_ledger_up == 0", "custody_ledger_up == 1"],
    ["a label", "severity: page", "severity: none"],
    ["a gate that is not there", " and custody_listeners > 0", ""],
    [
      "a target that was never seen",
      " or max by (target) (custody_reconcile_last_success_timestamp_seconds) != max by (target) (custody_reconcile_last_success_timestamp_seconds)",
      "",
    ],
    [
      "what was never set",
      " or custody_smoke_last_success_timestamp_seconds != custody_smoke_last_success_timestamp_seconds",
      "",
    ],
  ])("their tests see that %s is wrong", (_what, right, wrong) => {
    using copy = temporaryFolder();
    const changed = read("alerts.yml").replace(right, wrong);
    expect(changed).not.toBe(read("alerts.yml"));
    writeFileSync(join(copy.path, "alerts.yml"), changed);
    for (const name of tests) writeFileSync(join(copy.path, name), read(name));
    const { code } = promtool("test", "rules", ...tests.map((name) => join(copy.path, name)));
    expect(code).not.toBe(0);
  });
});

test("every metric of an alert or a panel is one that is exposed", async () => {
  const proxy = createDropMetrics({
    prefix: "custody",
    targets: testTargets,
    protocols: ["postgres"],
    count: async () => ({ held: 0, tombstones: {} }),
    circuit: () => 0,
    listeners: [],
    deniedRoles: 0,
    stateDir: "/nowhere",
  });
  const exposed = `${await proxy.expose()}${exposeStatus(initialStatus(1000), 0, "custody")}`;
  const names = new Set([...exposed.matchAll(/^([a-z_]+)(?:\{| )/gm)].map(([, name]) => name));
  const expressions = [...rules.map(({ expr }) => expr), ...queries];
  const wanted = expressions.flatMap((each) => each.match(/\bcustody_\w+/g) ?? []);
  expect(wanted.length).toBeGreaterThan(30);
  expect(wanted.filter((each) => !names.has(each))).toEqual([]);
  const labels = new Set([...exposed.matchAll(/[{,]([a-z_]+)="/g)].map(([, label]) => label));
  const grouped = expressions.flatMap((each) =>
    [...each.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list]) => (list ?? "").split(", ")),
  );
  expect(grouped.filter((each) => !labels.has(each))).toEqual([]);
});

describe("the dashboard", () => {
  test("every query is one that Prometheus takes", () => {
    using copy = temporaryFolder();
    const file = join(copy.path, "queries.yml");
    const filled = queries.map((each) =>
      each.replaceAll("$__rate_interval", "5m").replaceAll("$instance", ".*"),
    );
    const recorded = filled.map((expr, index) => ({ record: `q${index}`, expr }));
    writeFileSync(file, JSON.stringify({ groups: [{ name: "queries", rules: recorded }] }));
    expect(promtool("check", "rules", file).text).toContain(`SUCCESS: ${queries.length} rules found`);
  });

  test("panels have ids of their own, and none lies on another", () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${x + (index % w)} ${y + Math.floor(index / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(Math.max(...panels.map(({ gridPos }) => gridPos.x + gridPos.w))).toBe(24);
    for (const panel of panels) if (panel.type !== "row") expect(panel.targets?.length).toBeGreaterThan(0);
  });
});
