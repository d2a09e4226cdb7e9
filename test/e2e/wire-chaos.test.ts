import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { connect } from "../../src/postgres/connect.ts";
import { query } from "../../src/wire/postgres/write-client.ts";
import { buildProgram } from "../support/build-program.ts";
import { firstBreak } from "../support/chain-database.ts";
import { idleClients, longestTurnMs, randomFrom, startClients } from "../support/chaos-clients.ts";
import type { Supplies } from "../support/chaos-clients.ts";
import { faultsIn, leftIn } from "../support/chaos-judge.ts";
import type { AtRest } from "../support/chaos-judge.ts";
import { canCut } from "../support/chaos-network.ts";
import type { Link } from "../support/chaos-network.ts";
import { makeChaosScene } from "../support/chaos-scene.ts";
import type { ChaosScene } from "../support/chaos-scene.ts";
import { areAllAtRest, recordsOf, watchCatalog } from "../support/chaos-watch.ts";
import { tally } from "../support/fault-scene.ts";
import { rawClient } from "../support/raw-postgres.ts";
import { poll } from "../support/server-process.ts";

/**
 * The server, the proxy and the ledger are killed, and the network between them is cut, while clients do all that clients do. At moments by
 * the seed; `--full`: again and again.
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
  scene = disposals.use(await makeChaosScene(home, buildProgram(home), hasCables));
  await scene.onTarget(
    ["set role app", "create table load (id int)", "create table standing (id int)"],
    "shop",
  );
}, 120_000);
afterAll(() => disposals.disposeAsync());

/** A fault comes, lasts, and goes. */
type Fault = (lasts: () => Promise<void>) => Promise<void>;

const cut =
  (link: Link): Fault =>
  async (lasts) => {
    await using _cut = await scene.network.cut(link);
    await lasts();
  };

const faults: Readonly<Record<string, Fault>> = {
  "target-killed": async (lasts) => {
    await scene.target.kill();
    await lasts();
    await scene.target.start();
  },
  "target-frozen": async (lasts) => {
    await using _frozen = await scene.target.freeze();
    await lasts();
  },
  "proxy-killed": async (lasts) => {
    await scene.killProxy();
    await lasts();
    await scene.startProxy();
  },
  "ledger-killed": async (lasts) => {
    await scene.ledger.kill();
    await expectFailClosed();
    await lasts();
    await scene.ledger.start();
  },
  "ledger-stopped": async (lasts) => {
    await scene.ledger.stop("SIGINT");
    await expectFailClosed();
    await lasts();
    await scene.ledger.start();
  },
  ...(hasCables
    ? {
        "clients-cut": cut("clients"),
        "target-cut": cut("target"),
        "ledger-cut": (lasts) =>
          cut("ledger")(async () => {
            await expectFailClosed();
            await lasts();
          }),
      }
    : {}),
};

/** All of them in a full run; else each program once, and one of the rest by the seed. */
function chosenFaults(): readonly (readonly [string, Fault])[] {
  const always = ["target-killed", "proxy-killed", "ledger-killed"];
  const rest = Object.keys(faults).filter((each) => !always.includes(each));
  const names = isFull ? Object.keys(faults) : [...always, rest[seed % rest.length]];
  return Object.entries(faults).filter(([name]) => names.includes(name));
}

let stories = 0;
for (const [name, fault] of chosenFaults())
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
        await fault(() => delay(200 + random() * 2500));
      }
      await delay(1000);
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
      expect(clients.ends.filter((each) => each.endsWith("answered")).length).toBeGreaterThan(20);
    },
    120_000 + rounds * 30_000,
  );

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

/** Without a ledger a session goes on, and what destroys is refused. */
async function expectFailClosed(): Promise<void> {
  const late = AbortSignal.timeout(longestTurnMs);
  const session = { user: "app", database: "shop", application_name: "chaos" };
  await using client = await rawClient(scene.place, session);
  late.addEventListener("abort", () => client.socket.destroy());
  const said = async (text: string): Promise<string> => {
    const from = client.answers.length;
    const ready = client.answers.filter(({ type }) => type === "Z").length;
    client.send(query(text));
    await client.ready(ready + 1);
    return client.answers
      .slice(from)
      .filter(({ type }) => "DE".includes(type))
      .map(({ type, body }) => `${type} ${body.toString("latin1")}`)
      .join("\n");
  };
  expect(await said("select 'flows'")).toContain("flows");
  expect(await said("drop table standing")).toMatch(/^E .*C42501\0/);
  expect(await said("select count(*) from standing")).toStartWith("D ");
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
