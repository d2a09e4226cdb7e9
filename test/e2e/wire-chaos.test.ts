import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { connect } from "../../src/postgres/connect.ts";
import { buildProgram } from "../support/build-program.ts";
import { firstBreak } from "../support/chain-database.ts";
import { idleClients, randomFrom, startClients } from "../support/chaos-clients.ts";
import type { Supplies } from "../support/chaos-clients.ts";
import { faultsIn, leftIn } from "../support/chaos-judge.ts";
import type { AtRest } from "../support/chaos-judge.ts";
import { during, faultNames } from "../support/chaos-faults.ts";
import type { FaultName } from "../support/chaos-faults.ts";
import { canCut } from "../support/chaos-network.ts";
import { makeChaosScene } from "../support/chaos-scene.ts";
import type { ChaosScene } from "../support/chaos-scene.ts";
import { areAllAtRest, recordsOf, watchCatalog } from "../support/chaos-watch.ts";
import { tally } from "../support/fault-scene.ts";
import { ownMemoryOf } from "../support/holdings.ts";
import { poll } from "../support/server-process.ts";
import { canMount } from "../support/small-disk.ts";
import { vanish } from "../support/vanishing-clients.ts";

/**
 * The server, the proxy and the ledger are killed, stopped and frozen, and the network between them is cut, while clients do all that clients
 * do. At moments by the seed; `--full`: every fault, again and again.
 */

const isFull = process.env["CUSTODY_TEST_FULL"] !== undefined;
const seed = Number(process.env["CUSTODY_TEST_SEED"] ?? 1);
const rounds = isFull ? 12 : 1;
const lanes = isFull ? 16 : 8;
const hasCables = canCut();
const disposals = new AsyncDisposableStack();
let scene: ChaosScene;

beforeAll(async () => {
  const home = mkdtempSync(join(tmpdir(), "wire-chaos-"));
  disposals.defer(() => rmSync(home, { recursive: true, force: true }));
  chmodSync(home, 0o755);
  scene = disposals.use(await makeChaosScene(home, buildProgram(home), { hasCables, hasDisk: canMount }));
  await scene.onTarget(
    ["set role app", "create table load (id int)", "create table standing (id int)"],
    "shop",
  );
}, 120_000);
afterAll(() => disposals.disposeAsync());

/** All of them in a full run; else each program once, and one of the rest by the seed. */
function chosenFaults(): readonly FaultName[] {
  const all = faultNames({ hasCables, hasDisk: canMount });
  const only = process.env["CUSTODY_TEST_FAULT"];
  if (only !== undefined) return all.filter((each) => only.split(",").includes(each));
  const always = new Set<FaultName>(["target-killed", "proxy-killed", "ledger-killed"]);
  const rest = all.filter((each) => !always.has(each));
  const chosen = rest[seed % rest.length];
  return isFull ? all : all.filter((each) => always.has(each) || each === chosen);
}

let stories = 0;
for (const name of chosenFaults())
  test(
    `${name} in the middle of everything`,
    async () => {
      const random = randomFrom(seed * 1000 + ++stories);
      const before = await atRest();
      const supplies = await makeSupplies(`s${stories}`);
      await using watch = watchCatalog({ ...scene.target.settings, database: "shop" });
      await watch.seen();
      await using idle = await idleClients(scene.place, 3);
      const clients = startClients(scene.place, lanes, `s${stories}`, random, supplies);
      const over = new AbortController();
      const approving = approveHalf(over.signal);
      for (let round = 0; round < rounds; round++) {
        await delay(500 + random() * 2000);
        await during(scene, name, () => delay(200 + random() * 2500));
      }
      // And life goes on, however slow the machine is.
      const answered = (): number => clients.ends.filter((each) => each.endsWith("answered")).length;
      const enough = answered() + lanes;
      await poll(async () => answered() > enough);
      await clients.end();
      console.log(
        `${name}, CUSTODY_TEST_SEED=${seed}, cables: ${hasCables}\n${tally([...clients.ends]).join("\n")}`,
      );
      const idled = (await idle.ends()).filter((each) => each === "hung");
      await idle[Symbol.asyncDispose]();
      await poll(() => areAllAtRest(scene));
      over.abort();
      await approving;
      const records = await recordsOf(scene);
      const hung = [...clients.hung, ...idled.map(() => "an idle client")];
      expect(faultsIn({ seen: await watch.seen(), records, told: clients.told, hung })).toEqual([]);
      console.log(tally(records.map(({ type, state, outcome }) => `${type} ${state} ${outcome}`)).join("\n"));
      await expectNothingLeft(before);
      await expectWholeLedger();
    },
    120_000 + rounds * 30_000,
  );

const mostMemoryKb = 256 << 10;

test("clients killed in the middle of a hold, of a COPY, of a pipeline: nothing goes, nothing stays, and no memory is kept", async () => {
  const before = await atRest();
  await using watch = watchCatalog({ ...scene.target.settings, database: "shop" });
  const batches = isFull ? 50 : 8;
  const memory: number[] = [];
  for (let batch = 0; batch < batches; batch++) {
    const middles = Array.from({ length: 8 }, (_, nth) => ({
      role: `v_${batch}_${nth}`,
      table: `v_${batch}_${nth}`,
    }));
    await scene.onTarget(
      [
        ...middles.map(({ role }) => `create role ${role}`),
        "set role app",
        ...middles.map(({ table }) => `create table ${table} (id int)`),
      ],
      "shop",
    );
    await watch.seen();
    await vanish(scene.place, middles);
    await atRest();
    memory.push(await ownMemoryOf(scene.proxy().pid));
  }
  await poll(() => areAllAtRest(scene));
  const records = (await recordsOf(scene)).filter(({ name }) => /^(?:public\.)?v_/.test(name));
  const seen = await watch.seen();
  expect(faultsIn({ seen, records, told: [], hung: [] })).toEqual([]);
  expect(seen.filter(({ name, goneBy }) => name.startsWith("v_") && goneBy !== null)).toEqual([]);
  expect(new Set(records.map(({ type, state, outcome }) => `${type} ${state} ${outcome}`))).toEqual(
    new Set(["role cancelled refused", "table failed rolled_back"]),
  );
  expect(records).toHaveLength(batches * 16);
  await expectNothingLeft(before);
  await expectWholeLedger();
  console.log(`${batches * 24} clients killed; kB of memory: ${memory.join(" ")}`);
  // Garbage is taken away when there is much of it: it comes and goes, and does not grow with who was here.
  expect(Math.max(...memory)).toBeLessThan(mostMemoryKb);
}, 600_000);

/** Roles, databases and schemas of one story, each to be dropped once. */
async function makeSupplies(story: string): Promise<Supplies> {
  const named = (kind: string, count: number): string[] =>
    Array.from({ length: count }, (_, nth) => `${kind}_${story}_${nth}`);
  const [roles, databases, schemas] = [
    named("r", 10 * rounds),
    named("db", Math.min(3 * rounds, 12)),
    named("n", 10),
  ];
  await scene.onTarget(
    [
      ...roles.map((each) => `create role ${each}`),
      ...databases.map((each) => `create database ${each} template template0 owner app`),
      ...schemas.map((each) => `create schema ${each} authorization app`),
    ],
    "shop",
  );
  return { roles, databases, schemas };
}

/** A person who lets every second held statement through. */
async function approveHalf(over: AbortSignal): Promise<void> {
  const met = new Set<string>();
  const headers = { authorization: `Bearer ${scene.token}`, "content-type": "application/json" };
  while (!over.aborted) {
    try {
      const init = { unix: scene.api, headers, signal: AbortSignal.timeout(5000) };
      const answer = await fetch("http://custody/v1/drops?state=held", init);
      const { drops = [] } = (await answer.json()) as { drops?: readonly { readonly drop_id: string }[] };
      for (const { drop_id: id } of drops) {
        if (met.has(id)) continue;
        met.add(id);
        if (met.size % 2 === 0)
          await fetch(`http://custody/v1/drops/${id}/approve`, { ...init, method: "POST" });
      }
    } catch {
      // The proxy is dead, or its ledger.
    }
    await delay(150);
  }
}

async function atRest(): Promise<AtRest> {
  await poll(async () => (await scene.has()).clients === 0);
  return await scene.has();
}

/** Custody keeps a few connections of its own, to its ledger and to the target. */
const ownConnections = 12;

/** What goes takes its time; what stays is told. */
async function expectNothingLeft(before: AtRest): Promise<void> {
  const left = async (): Promise<readonly string[]> => leftIn(before, await scene.has(), ownConnections);
  await poll(async () => (await left()).length === 0).catch(() => undefined);
  expect(await left()).toEqual([]);
}

async function expectWholeLedger(): Promise<void> {
  const settings = { ...scene.ledger.settings, database: "custody" };
  await using ledger = await connect(settings, { applicationName: "test" });
  expect((await firstBreak(ledger)).id).toBeNull();
  const rows = await ledger.sql<{ n: number }[]>`
    select count(*)::int as n from audit_events where action = 'drop.unattributed'`;
  expect(rows[0]?.n).toBe(0);
}
