import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import type { Backend, HeldTarget, Standing } from "../../../../src/chokepoint/backend.ts";
import { openRedisBackend } from "../../../../src/chokepoint/backends/redis/open-backend.ts";
import type { FencePlan } from "../../../../src/chokepoint/drop.ts";
import { recordPermit } from "../../../../src/chokepoint/recorded-permits.ts";
import type { Resource } from "../../../../src/chokepoint/resource.ts";
import { startConnectionCutter } from "../../../support/cut-connections.ts";
import type { ConnectionCutter } from "../../../support/cut-connections.ts";
import { makeTenant, readKeys, readUser, startRedis } from "../../../support/redis-server.ts";
import type { RedisClient, TestRedis } from "../../../support/redis-server.ts";

let redis: TestRedis;
let client: RedisClient;
let proxy: ConnectionCutter;
let backend: Backend;
let folder: string;
const signal = new AbortController().signal;
const progress = (): void => undefined;
const options = { as: null, progress, signal };
const permit = (event: string) => recordPermit({ dropId: "d1", event, epoch: 1 });
const t1: Resource = { type: "redis", names: { user: "usr_t1", keys: "t1:" } };

beforeAll(async () => {
  redis = await startRedis();
  client = await redis.connect();
  proxy = await startConnectionCutter(redis.socket, join(redis.folder, "p"));
  backend = openRedisBackend({ policy: redis.policy({ url: `unix://${proxy.socket}` }), env: process.env });
  folder = join(redis.folder, "tomb");
});
afterAll(async () => {
  await client[Symbol.asyncDispose]();
  await proxy[Symbol.asyncDispose]();
  await redis[Symbol.asyncDispose]();
});

interface Scene {
  readonly plan: FencePlan;
  readonly keys: readonly string[];
  readonly user: string;
  readonly others: readonly string[];
}

async function scene(until: "planned" | "fenced" | "kept" | "purged"): Promise<Scene> {
  await client.ask("FLUSHALL");
  for (const user of ["usr_t1", "usr_t2"]) await client.ask("ACL", "DELUSER", user);
  await makeTenant(client, "t1");
  await makeTenant(client, "t2");
  const { identity } = await backend.inspect(t1, { force: false, signal });
  await using held = await backend.hold("d1", t1, signal);
  const plan = await held.planFence(t1, identity);
  const made = {
    plan,
    keys: await readKeys(client, "t1:"),
    user: await readUser(client, "usr_t1"),
    others: await readKeys(client, "t2:"),
  };
  if (until === "planned") return made;
  await held.fence(permit("drop.started"), plan, { force: false });
  if (until === "fenced") return made;
  await held.makeTombstone(plan, folder, progress, signal);
  if (until === "purged") await held.destroyResource(permit("drop.purge_started"), plan);
  return made;
}

const steps: readonly {
  readonly name: string;
  readonly from: "planned" | "fenced" | "kept" | "purged";
  readonly run: (held: HeldTarget, plan: FencePlan) => Promise<unknown>;
  /** Where it may stand when it was cut off. */
  readonly between: readonly Standing[];
  readonly after: Standing;
  readonly isBack: boolean;
}[] = [
  {
    name: "the fence",
    from: "planned",
    run: (held, plan) => held.fence(permit("drop.started"), plan, { force: false }),
    between: ["intact", "fencing", "fenced"],
    after: "fenced",
    isBack: false,
  },
  {
    name: "the tombstone",
    from: "fenced",
    run: (held, plan) => held.makeTombstone(plan, folder, progress, signal),
    between: ["fenced"],
    after: "fenced",
    isBack: false,
  },
  {
    name: "the undo of a fence",
    from: "kept",
    run: (held, plan) => held.undo(permit("drop.undo_started"), plan, { kind: "fence", folder }, options),
    between: ["fenced", "fencing", "intact"],
    after: "intact",
    isBack: true,
  },
  {
    name: "the undo from a tombstone",
    from: "purged",
    run: (held, plan) => held.undo(permit("drop.undo_started"), plan, { kind: "tombstone", folder }, options),
    // Never as something fenced: whoever goes on chooses the source by this.
    between: ["gone", "intact"],
    after: "intact",
    isBack: true,
  },
  {
    name: "the purge",
    from: "fenced",
    run: (held, plan) => held.destroyResource(permit("drop.purge_started"), plan),
    between: ["fenced", "half-destroyed", "gone"],
    after: "gone",
    isBack: false,
  },
  {
    name: "the destruction without a fence",
    from: "planned",
    run: (held, plan) => held.destroyResource(permit("drop.started"), plan),
    between: ["intact", "fencing", "fenced", "half-destroyed", "gone"],
    after: "gone",
    isBack: false,
  },
];

test.each(steps)(
  "$name, cut off at every piece that is sent, is finished by the next attempt",
  async (step) => {
    let cuts = 0;
    for (let piece = 1; ; piece++) {
      const { plan, keys, user, others } = await scene(step.from);
      const held = await backend.hold("d1", t1, signal);
      proxy.cutAt(piece);
      const outcome = await step.run(held, plan).then(
        () => null,
        (error: unknown) => error,
      );
      const wasCut = proxy.hasCut();
      proxy.cutAt(null);
      await held[Symbol.asyncDispose]();
      await using again = await backend.hold("d1", t1, signal);
      if (wasCut) {
        cuts += 1;
        expect(outcome).toMatchObject({ code: "connection-lost" });
        expect(held.lost.aborted).toBe(true);
        expect(step.between).toContain((await again.standing(plan)).standing);
        await step.run(again, plan);
      }
      expect((await again.standing(plan)).standing).toBe(step.after);
      expect((await readKeys(client, "t1:")).map(nameOf)).toEqual(step.isBack ? keys.map(nameOf) : []);
      expect(await readUser(client, "usr_t1")).toBe(step.isBack ? user : "");
      expect(await readKeys(client, "t2:")).toEqual([...others]);
      if (step.from === "fenced" && step.after === "fenced")
        expect(await again.proveTombstone(plan, folder, progress, signal)).toMatchObject({ isEqual: true });
      if (!wasCut) break;
    }
    expect(cuts).toBeGreaterThan(3);
  },
);

/** Without the value: a set that was restored is dumped in another order. */
function nameOf(key: string): string {
  return key.split(" ").slice(0, -2).join(" ");
}
