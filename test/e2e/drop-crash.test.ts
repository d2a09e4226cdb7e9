import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "../../src/postgres/connect.ts";
import { buildProgram } from "../support/build-program.ts";
import { firstBreak } from "../support/chain-database.ts";
import { startTestCluster } from "../support/cluster.ts";
import { call, dropOf, makeDropScene, rowsOfTenant, untilDrop } from "../support/drop-scene.ts";
import type { DropScene } from "../support/drop-scene.ts";
import { startProxyProcess } from "../support/proxy-process.ts";
import type { ProxyProcess } from "../support/proxy-process.ts";

/**
 * The crash matrix: the compiled binary stops before or after an await of a drop, is killed there from outside, and a second instance, which
 * runs all the time, takes the drop over. `--full`: every place of every story, twice; else some places by the seed.
 */

const isFull = process.env["CUSTODY_TEST_FULL"] !== undefined;
const seed = Number(process.env["CUSTODY_TEST_SEED"] ?? 1);
const cluster = await startTestCluster(15, { parameters: { max_connections: "100" } });
let folder = "";
let program = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "drop-crash-"));
  chmodSync(folder, 0o755);
  program = buildProgram(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Story {
  readonly name: string;
  readonly target: readonly string[];
  readonly end: string;
  /** How many awaits there are, about: a full run goes on until it has seen drops that nobody interrupts. */
  readonly places: number;
}

const stories: readonly Story[] = [
  { name: "kept", target: ["tombstone: { mode: required, retention: 1h }"], end: "completed", places: 48 },
  {
    name: "purged",
    target: ["tombstone: { mode: required, retention: 0s, keep: 1h }"],
    end: "purged",
    places: 54,
  },
  { name: "fenced", target: ["tombstone: { mode: soft, retention: 1h }"], end: "completed", places: 26 },
  { name: "at_once", target: ["tombstone: { mode: off }"], end: "completed", places: 20 },
];

/** Some of 1 … count, by the seed. */
function chosen(count: number): readonly number[] {
  const step = Math.max(1, Math.floor(count / 3));
  return Array.from({ length: count }, (_, index) => index + 1).filter(
    (place) => place % step === seed % step,
  );
}

/** Runs at the chosen places; in a full run at every one of them, twice, and beyond the last. Says where each was stopped. */
async function runAt(
  count: number,
  run: (place: number, index: number) => Promise<string>,
): Promise<readonly string[]> {
  const seen: string[] = [];
  const go = async (place: number): Promise<string> => {
    const where = await run(place, seen.length);
    seen.push(`${place}: ${where}`);
    return where;
  };
  if (!isFull) for (const place of chosen(count)) await go(place);
  else
    for (const _round of [1, 2]) {
      let ends = 0;
      for (let place = 1; place <= count || ends < 3; place += 1)
        ends = (await go(place)) === "the end" ? ends + 1 : 0;
    }
  if (isFull) console.log(seen.join("\n"));
  return seen;
}

const killedOf = (seen: readonly string[]): number =>
  seen.filter((each) => !each.endsWith(": the end")).length;

interface Setting {
  readonly scene: DropScene;
  readonly second: ProxyProcess;
  readonly api: string;
  readonly end: string;
}

const showPlaces = (places: number): string =>
  isFull ? `1 to the last, twice` : `${chosen(places).join(", ")} of ${places}, seed ${seed}`;

describe.each(stories)("killed in a drop that is $name", ({ name, target, end, places }) => {
  test(`at the places ${showPlaces(places)}`, async () => {
    const home = join(folder, name);
    mkdirSync(home);
    const scene = await makeDropScene(cluster, { folder: home, target, name: `ledger_${name}` });
    await using second = startProxyProcess(scene.config, { home, program });
    const setting: Setting = { scene, second, api: await second.api, end };
    const seen = await runAt(places, (place, run) => killAt(place, `${name}_${run}`, { home, ...setting }));
    console.log(`${name}: ${seen.length} runs, ${killedOf(seen)} killed`);
    // Both rounds stopped at nearly every place that there is.
    if (isFull) expect(killedOf(seen)).toBeGreaterThan(1.6 * places);
    await using ledger = await connect(scene.ledger, { applicationName: "test" });
    expect((await firstBreak(ledger)).id).toBeNull();
    expect(second.events.filter((each) => each["type"] === "alarm")).toEqual([]);
  }, 1_200_000);
});

const undoPlaces = 24;

describe.each([
  { from: "fence", target: ["tombstone: { mode: required, retention: 1h }"], end: "completed" },
  { from: "tombstone", target: ["tombstone: { mode: required, retention: 0s, keep: 1h }"], end: "purged" },
])("killed in an undo from the $from", ({ from, target, end }) => {
  test(`at the places ${showPlaces(undoPlaces)}`, async () => {
    const home = join(folder, `undo_${from}`);
    mkdirSync(home);
    const scene = await makeDropScene(cluster, { folder: home, target, name: `ledger_undo_${from}` });
    await using second = startProxyProcess(scene.config, { home, program });
    const api = await second.api;
    const seen = await runAt(undoPlaces, async (place, run) => {
      const tenant = `undo_${from}_${run}`;
      await scene.createTenant(tenant);
      const asked = await call(api, "POST", "/v1/drops", dropOf(tenant, tenant));
      const { drop_id: id } = await untilDrop(api, asked.body.drop_id, [end]);
      const first = startProxyProcess(scene.config, {
        home,
        program,
        env: { CUSTODY_FAILPOINT: String(place) },
      });
      void first.api.then((url) => call(url, "POST", `/v1/drops/${id}/undo`)).catch(() => undefined);
      const stopped = first.said(`failpoint ${place}: `).then(() => "stopped");
      const how = await Promise.race([stopped, untilDrop(api, id, ["undone"]).then(() => "the end")]);
      const where = how === "stopped" ? (/failpoint \d+: (.*)/.exec(first.stderr())?.[1] ?? "") : how;
      await first[Symbol.asyncDispose]();
      // Killed before it was recorded, an undo was never asked for.
      await call(api, "POST", `/v1/drops/${id}/undo`);
      const drop = await untilDrop(api, id, ["undone"]).catch((cause: unknown) => {
        throw new Error(`killed ${where}`, { cause });
      });
      expect(`${where}: ${(await scene.standing(tenant, id)).join(", ")}`).toBe(`${where}: database, role`);
      expect(await scene.logIn(tenant)).toBe(rowsOfTenant);
      expect((drop.timeline ?? []).filter((each) => each.action === "drop.undone")).toHaveLength(1);
      return where;
    });
    console.log(`undo from the ${from}: ${seen.length} runs, ${killedOf(seen)} killed`);
    await using ledger = await connect(scene.ledger, { applicationName: "test" });
    expect((await firstBreak(ledger)).id).toBeNull();
    expect(second.events.filter((each) => each["type"] === "alarm")).toEqual([]);
  }, 1_200_000);
});

/** One run: killed at the place, finished by the other, undone where there is something to undo. Says where it was killed. */
async function killAt(
  place: number,
  tenant: string,
  { scene, api, end, home }: Setting & { readonly home: string },
): Promise<string> {
  await scene.createTenant(tenant);
  const first = startProxyProcess(scene.config, {
    home,
    program,
    env: { CUSTODY_FAILPOINT: String(place) },
  });
  const request = dropOf(tenant, `request-${tenant}`);
  void first.api.then((url) => call(url, "POST", "/v1/drops", request)).catch(() => undefined);
  // Where it has fewer places it comes to the end by itself.
  const stopped = first.said(`failpoint ${place}: `).then(() => "stopped");
  const ended = (async () => {
    for (;;) {
      const list = await fetch(`${api}/v1/drops?token=${tenant}&state=${end}`);
      const { drops } = (await list.json()) as { drops: unknown[] };
      if (drops.length > 0) return "the end";
      await Bun.sleep(100);
    }
  })();
  const how = await Promise.race([stopped, ended]);
  const where = how === "stopped" ? (/failpoint \d+: (.*)/.exec(first.stderr())?.[1] ?? "") : how;
  if (how === "stopped") expect(await withoutRecord(scene, tenant)).toBe("");
  await first[Symbol.asyncDispose]();

  const again = await call(api, "POST", "/v1/drops", request);
  expect(`${where}: ${again.status}`).toMatch(/: 20[02]$/);
  const drop = await untilDrop(api, again.body.drop_id, [end]).catch((cause: unknown) => {
    throw new Error(`killed ${where}`, { cause });
  });
  expect(`${where}: ${drop.outcome}`).toBe(`${where}: ok`);
  const actions = (drop.timeline ?? []).map((each) => each.action);
  // Recorded once, before what it announces.
  expect(actions.filter((each) => each === "drop.started")).toHaveLength(1);
  const kept = end === "completed" && drop["purge_at"] !== null;
  expect(`${where}: ${(await scene.standing(tenant, drop.drop_id)).join(", ")}`).toBe(
    `${where}: ${kept ? "fenced database, fenced role" : ""}`,
  );
  if (drop["purge_at"] === null && drop["tombstone"] === null) return where;
  await call(api, "POST", `/v1/drops/${drop.drop_id}/undo`);
  await untilDrop(api, drop.drop_id, ["undone"]).catch((cause: unknown) => {
    throw new Error(`killed ${where}, undone`, { cause });
  });
  expect(await scene.standing(tenant, drop.drop_id)).toEqual(["database", "role"]);
  expect(await scene.logIn(tenant)).toBe(rowsOfTenant);
  return where;
}

/** What stands otherwise than before although no `drop.started` is committed; empty where all is as it should be. */
async function withoutRecord(scene: DropScene, tenant: string): Promise<string> {
  const standing = (await scene.standing(tenant)).join(", ");
  if (standing === "database, role") return "";
  await using ledger = await connect(scene.ledger, { applicationName: "test" });
  const [row] = await ledger.sql<{ n: number }[]>`
    select count(*)::int as n from audit_events where action = 'drop.started' and details ->> 'token' = ${tenant}`;
  return row?.n === 1 ? "" : standing;
}
