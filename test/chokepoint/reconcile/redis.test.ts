import { expect, test } from "bun:test";
import { createTerminality } from "../../../src/chokepoint/ask-platform.ts";
import { createBreakers } from "../../../src/chokepoint/breakers.ts";
import { openChokepoint } from "../../../src/chokepoint/chokepoint.ts";
import { openTargets } from "../../../src/chokepoint/open-targets.ts";
import { reconcileTarget } from "../../../src/chokepoint/reconcile/reconcile-target.ts";
import { openTombstoneFiles } from "../../../src/chokepoint/tombstone-files.ts";
import { freshDatabase, startTestCluster } from "../../support/cluster.ts";
import { dropRequest } from "../../support/engine.ts";
import { openTestLedger, provisioner } from "../../support/ledger.ts";
import { never } from "../../support/postgres-target.ts";
import { typesOf } from "../../support/reconcile-scene.ts";
import { makeTenant, startRedis } from "../../support/redis-server.ts";
import { poll } from "../../support/server-process.ts";

const ledgers = await startTestCluster(15);

test("Redis: a user that the gate fenced is not accused, one that somebody removed is, and a changed one is shown", async () => {
  await using redis = await startRedis();
  await using client = await redis.connect();
  for (const token of ["t1", "t2", "t3"]) await makeTenant(client, token);
  await using database = await freshDatabase(ledgers);
  await using ledger = await openTestLedger(database.settings);
  const policy = redis.policy({
    approval: { default: "allow" },
    names: { keys: "^t[0-9]+:$" },
    tombstone: { mode: "soft", retention: "1h" },
  });
  const targets = await openTargets([policy], { env: process.env, jobs: 1 });
  const target = targets.get("cache")!;
  const stop = new AbortController();
  const chokepoint = openChokepoint(
    {
      targets,
      ledger,
      tombstones: openTombstoneFiles({ env: process.env }),
      terminality: createTerminality(process.env),
      breakers: createBreakers([policy]),
      now: () => new Date(),
      newDropId: () => crypto.randomUUID(),
    },
    {
      stop: stop.signal,
      tombstonesAtOnce: 1,
      pollMs: 50,
      rounds: { look: async () => [], findings: async () => ({ findings: [], hasMore: false }) },
      warn: () => undefined,
      onContradicted: () => undefined,
      onBug: () => undefined,
    },
  );
  try {
    const store = { settings: database.settings, schema: "public", signal: never };
    const look = () => reconcileTarget(target, store, never);
    expect(typesOf(await look())).toEqual(["round-finished"]);
    const answer = await chokepoint.request(
      dropRequest({
        target: "cache",
        resourceType: "redis",
        providerResourceId: "usr_t1",
        token: "t1",
        intent: { names: { keys: "t1:" } },
      }),
      provisioner,
      never,
    );
    if (!("drop" in answer)) throw new Error(JSON.stringify(answer));
    const { dropId } = answer.drop;
    await poll(async () => (await ledger.find(dropId))?.state === "completed");
    await client.ask("ACL", "DELUSER", "usr_t2");
    await client.ask("ACL", "SETUSER", "usr_t3", ">another-secret");
    const facts = (await look()).filter(({ type }) => type !== "round-finished");
    expect(facts.map((fact) => `${fact.type} ${"name" in fact ? fact.name : ""}`).toSorted(byText)).toEqual([
      "loss-attributed t1:",
      "loss-attributed usr_t1",
      "loss-unattributed usr_t2",
      "thing-changed usr_t3",
    ]);
    expect(typesOf(await look())).toEqual(["round-finished"]);
  } finally {
    stop.abort();
    await chokepoint.done;
    await target.backend.close();
  }
});

function byText(left: string, right: string): number {
  return left < right ? -1 : 1;
}
