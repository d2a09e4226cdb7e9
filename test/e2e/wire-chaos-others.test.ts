import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { connect } from "../../src/postgres/connect.ts";
import { buildProgram } from "../support/build-program.ts";
import { randomFrom } from "../support/chaos-clients.ts";
import { natsClient, redisClient } from "../support/chaos-other-clients.ts";
import { faultsIn, leftIn } from "../support/chaos-judge.ts";
import type { AtRest, Recorded, Told } from "../support/chaos-judge.ts";
import { testInstallation } from "../support/cluster.ts";
import { holdingsOf, socketsAt } from "../support/holdings.ts";
import { startNats } from "../support/nats-server.ts";
import type { NatsServer } from "../support/nats-server.ts";
import { startRedis } from "../support/redis-server.ts";
import type { TestRedis } from "../support/redis-server.ts";
import { dsnOf } from "../support/run-custody.ts";
import { makeServer, poll } from "../support/server-process.ts";
import type { TestServer } from "../support/server-process.ts";
import { startWireScene } from "../support/wire-scene.ts";
import type { WireScene } from "../support/wire-scene.ts";

/** Redis and NATS, the proxy and the ledger are killed while clients read, write and destroy, at moments by the seed. */

const isFull = process.env["CUSTODY_TEST_FULL"] !== undefined;
const seed = Number(process.env["CUSTODY_TEST_SEED"] ?? 1);
const rounds = isFull ? 8 : 1;
const lanes = isFull ? 8 : 4;
const longestMs = 30_000;
const disposals = new AsyncDisposableStack();
const home = mkdtempSync(join(tmpdir(), "wire-chaos-others-"));
let [program, scene]: [string, WireScene] = ["", null as never];
let [redis, nats, ledger]: [TestRedis, NatsServer, TestServer] = [
  null as never,
  null as never,
  null as never,
];

beforeAll(async () => {
  disposals.defer(() => rmSync(home, { recursive: true, force: true }));
  chmodSync(home, 0o755);
  program = buildProgram(home);
  ledger = disposals.use(await makeServer(await testInstallation(), { track_commit_timestamp: "on" }));
  await ledger.start();
  await using session = await connect(ledger.settings, { applicationName: "test" });
  await session.sql.unsafe("create database custody template template0");
  redis = disposals.use(await startRedis());
  nats = disposals.use(await startNats());
  await startProxy();
  disposals.defer(() => scene[Symbol.asyncDispose]());
}, 120_000);
afterAll(() => disposals.disposeAsync());

async function startProxy(): Promise<void> {
  // Destructions are many, and faults, and the story is not about the breakers, which would hold them.
  const breaker = { failures: 1000, volume: { drops: 100_000, per: "1h" } };
  const kinds = { redis: "acl-user", nats: "stream" } as const;
  scene = await startWireScene({
    home,
    program,
    ledger: dsnOf({ ...ledger.settings, database: "custody" }),
    targets: [
      { name: "redis", kind: "redis", url: redis.url(), breaker },
      { name: "nats", kind: "nats", url: nats.url, breaker },
    ],
    listeners: (["redis", "nats"] as const).map((kind) => ({
      name: kind,
      target: kind,
      protocol: kind,
      policy: [{ kinds: [kinds[kind]], action: "audit" }],
    })),
  });
}

const protocols = {
  redis: {
    kind: "acl-user",
    sessions: async () => {
      await using client = await redis.connect();
      // Its own is one of them.
      return (
        String(await client.ask("CLIENT", "LIST"))
          .trim()
          .split("\n").length - 1
      );
    },
    through: () => redisClient({ port: scene.portOf("redis") }),
    past: () => redisClient({ path: redis.socket }),
    kill: () => redis.kill(),
    start: () => redis.start(),
  },
  nats: {
    kind: "stream",
    sessions: () => socketsAt(process.pid, [nats.port]),
    through: () => natsClient(scene.portOf("nats")),
    past: () => natsClient(nats.port),
    kill: () => nats.kill(),
    start: () => nats.restart(),
  },
};

/** The proxy and the server that it is before, once no client is there. */
async function atRest(protocol: keyof typeof protocols): Promise<AtRest> {
  const { proxy } = scene;
  const ports = [scene.portOf("redis"), scene.portOf("nats")];
  return {
    ...(await holdingsOf(proxy.pid, home)),
    clients: await socketsAt(proxy.pid, ports),
    sessions: 0,
    backends: await protocols[protocol].sessions(),
  };
}

/** Custody keeps a few connections of its own, to its ledger and to each target. */
const ownConnections = 8;

async function recordsOf(protocol: keyof typeof protocols): Promise<readonly Recorded[]> {
  await using session = await connect(
    { ...ledger.settings, database: "custody" },
    { applicationName: "test" },
  );
  return await session.sql.unsafe<Recorded[]>(
    `select provider_resource_id as name, resource_type as type, state, outcome, null as approved,
            (select min(pg_xact_commit_timestamp(e.xmin)) from public.audit_events e
              where e.action = 'drop.started' and e.details ->> 'drop_id' = d.drop_id) as started
       from public.custody_drops d where target = '${protocol}'`,
  );
}

describe.each(["redis", "nats"] as const)("%s", (protocol) => {
  test.each(["target", "proxy", "ledger"] as const)(
    "%s killed in the middle",
    async (what) => {
      const { kind, through, past, kill, start } = protocols[protocol];
      const before = await atRest(protocol);
      const random = randomFrom(seed);
      const [ends, hung]: [string[], string[]] = [[], []];
      /** What each client was told of it. */
      const destroyed = new Map<string, string>();
      let isOver = false;
      const end = async (doing: Promise<unknown>, label: string): Promise<string> => {
        const over = new AbortController();
        const result = await Promise.race([
          doing.then(
            () => "answered",
            (error: unknown) => (/custody|NOPERM/.test(String(error)) ? "refused" : "failed"),
          ),
          delay(longestMs, "hung", { signal: over.signal }).catch(() => "hung"),
        ]);
        over.abort();
        if (result === "hung") hung.push(label);
        ends.push(`${label} ${result}`);
        return result;
      };
      const lane = async (nth: number): Promise<void> => {
        for (let turn = 0; !isOver;) {
          const client = await through().catch(() => null);
          if (client === null) {
            ends.push("connect failed");
            await delay(50);
            continue;
          }
          for (let each = 0; each < 8 && !isOver; each++) {
            const name = `x_${protocol}_${what}_${nth}_${++turn}`;
            if ((await end(client.use(), "use")) !== "answered") {
              await delay(50);
              break;
            }
            if ((await end(client.make(name), "make")) !== "answered") break;
            destroyed.set(name, await end(client.destroy(name), "destroy"));
            if (!["answered", "refused"].includes(destroyed.get(name)!)) break;
          }
          await client.end();
        }
      };
      const running = Promise.all(Array.from({ length: lanes }, (_, nth) => lane(nth)));
      for (let round = 0; round < rounds; round++) {
        const idle = await through();
        // Who has said nothing yet has no server behind it, and does not hear of its end.
        await idle.use();
        await delay(300 + random() * 700);
        if (what === "target") {
          await kill();
          expect(await end(idle.closed, "idle")).toBe("answered");
          await start();
        } else if (what === "proxy") {
          await scene[Symbol.asyncDispose]();
          expect(await end(idle.closed, "idle")).toBe("answered");
          await startProxy();
        } else {
          await ledger.kill();
          const name = `standing_${protocol}_${round}`;
          await idle.make(name);
          expect(await end(idle.destroy(name), "without a ledger")).toBe("refused");
          expect(await idle.there()).toContain(name);
          expect(await end(idle.use(), "use")).toBe("answered");
          await ledger.start();
        }
        await idle.end();
      }
      // And life goes on, however slow the machine is.
      const done = (): number => [...destroyed.values()].filter((each) => each === "answered").length;
      const enough = done() + lanes;
      await poll(async () => done() > enough);
      isOver = true;
      await running;

      await poll(async () =>
        (await recordsOf(protocol)).every(
          ({ state }) => !["requested", "held", "approved", "started"].includes(state),
        ),
      );
      const records = await recordsOf(protocol);
      const direct = await past();
      const there = new Set(await direct.there());
      await direct.end();
      const told = [...destroyed].flatMap(([name, was]): readonly Told[] =>
        was === "answered" || was === "refused"
          ? [{ kind, name, end: was === "answered" ? "done" : "not done" }]
          : [],
      );
      const now = new Date();
      // What Redis has in memory alone goes with it: no destruction, and nothing to be compared.
      const isLost = protocol === "redis" && what === "target";
      const seen = isLost
        ? []
        : [...destroyed.keys()].map((name) => ({ kind, name, oid: 0, goneBy: there.has(name) ? null : now }));
      expect(faultsIn({ seen, records, told, hung })).toEqual([]);
      const left = async (): Promise<readonly string[]> =>
        leftIn(before, await atRest(protocol), ownConnections);
      await poll(async () => (await left()).length === 0).catch(() => undefined);
      expect(await left()).toEqual([]);
      console.log(
        `${protocol}, ${what} killed ${rounds} times, CUSTODY_TEST_SEED=${seed}: ${JSON.stringify(Object.fromEntries([...Map.groupBy(ends, (each) => each)].map(([each, all]) => [each, all.length])))}; outcomes ${JSON.stringify(Object.fromEntries([...Map.groupBy(records, ({ outcome }) => String(outcome))].map(([each, all]) => [each, all.length])))}`,
      );
    },
    60_000 + rounds * 30_000,
  );
});
