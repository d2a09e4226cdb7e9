import { afterAll, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HeldTarget } from "../../../src/chokepoint/backend.ts";
import { openRedisBackend } from "../../../src/chokepoint/backends/redis/open-backend.ts";
import type { FencePlan } from "../../../src/chokepoint/drop.ts";
import type { Resource } from "../../../src/chokepoint/resource.ts";
import { holdMongo } from "../../support/mongo-drop.ts";
import { startMongoPeer } from "../../support/mongo-peer.ts";
import { contentsOf, makeShop, shop } from "../../support/mongo-shop.ts";
import { permit, progress, signal } from "../../support/nats-drop.ts";
import { makeTenant, readKeys, startRedis } from "../../support/redis-server.ts";

const base = mkdtempSync(join(tmpdir(), "custody-test-swapped-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));
const options = { as: null, progress, signal };
const undoing = permit("drop.undo_started");

/** Neither proved nor restored; nothing is there afterwards. */
async function expectRefused(
  held: HeldTarget,
  plan: FencePlan,
  { folder, fingerprint }: { readonly folder: string; readonly fingerprint: string },
): Promise<void> {
  const proof = held.proveTombstone(plan, folder, progress, signal, fingerprint);
  await expect(proof).rejects.toMatchObject({ code: "not-equal" });
  const undo = held.undo(undoing, plan, { kind: "tombstone", folder, fingerprint }, options);
  await expect(undo).rejects.toMatchObject({ code: "not-equal" });
  expect((await held.standing(plan)).standing).toBe("gone");
}

test("Redis: keys of another tombstone are not restored, whatever the folder says that their fingerprint is", async () => {
  await using redis = await startRedis();
  await using client = await redis.connect();
  await makeTenant(client, "t1");
  const backend = openRedisBackend({ policy: redis.policy(), env: process.env });
  const t1: Resource = { type: "redis", names: { user: "usr_t1", keys: "t1:" } };
  const fenced = async (dropId: string): Promise<{ readonly held: HeldTarget; readonly plan: FencePlan }> => {
    const { identity } = await backend.inspect(t1, { force: false, signal });
    const held = await backend.hold(dropId, t1, signal);
    const plan = await held.planFence(t1, identity);
    await held.fence(permit(), plan, { force: false });
    return { held, plan };
  };
  const [folder, forged] = [join(base, "redis"), join(base, "redis-forged")];
  const first = await fenced("d1");
  const { fingerprint } = await first.held.makeTombstone(first.plan, folder, progress, signal);
  const sealed = { kind: "fence", folder: null, fingerprint } as const;
  const equal = await first.held.undo(undoing, first.plan, sealed, options);
  expect(equal.proof).toMatchObject({ isEqual: true });
  await first.held[Symbol.asyncDispose]();

  await client.ask("SET", "t1:string", "forged");
  const second = await fenced("d2");
  await second.held.makeTombstone(second.plan, forged, progress, signal);
  const told = await second.held.undo(undoing, second.plan, sealed, options);
  expect(told.proof?.isEqual).toBe(false);
  expect(told.notes.join()).toContain("its fingerprint is another");
  await second.held[Symbol.asyncDispose]();

  const { held, plan } = await fenced("d3");
  await held.destroyResource(permit("drop.purge_started"), plan);
  await expectRefused(held, plan, { folder: forged, fingerprint });
  const path = join(forged, "complete.json");
  const complete = JSON.parse(readFileSync(path, "utf8")) as object;
  writeFileSync(path, JSON.stringify({ ...complete, fingerprint }));
  await expectRefused(held, plan, { folder: forged, fingerprint });
  expect(await readKeys(client, "t1:")).toEqual([]);
  const back = await held.undo(undoing, plan, { kind: "tombstone", folder, fingerprint }, options);
  expect(back.proof?.isEqual).toBe(true);
  await held[Symbol.asyncDispose]();
});

test("MongoDB: documents of another tombstone are not restored, and give nobody their rights", async () => {
  await using peer = await startMongoPeer();
  const client = await peer.connect();
  await makeShop(client, 10);
  await using drop = await holdMongo(peer.url, shop);
  const { held, folder } = drop;
  const plan = await drop.plan();
  await held.fence(permit(), plan, { force: false });
  const { fingerprint } = await held.makeTombstone(plan, folder, progress, signal);
  const sealed = { kind: "fence", folder: null, fingerprint } as const;
  expect((await held.undo(undoing, plan, sealed, options)).proof).toMatchObject({ isEqual: true });
  await client.db("db_shop").command({ insert: "odd", documents: [{ _id: "forged" }] });
  await held.fence(permit(), plan, { force: false });
  const forged = join(base, "mongo-forged");
  await held.makeTombstone(plan, forged, progress, signal);
  const told = await held.undo(undoing, plan, sealed, options);
  expect(told.proof?.isEqual).toBe(false);
  expect(told.notes[0]).toContain("differs from its tombstone");

  await held.fence(permit(), plan, { force: false });
  await held.destroyResource(permit("drop.purge_started"), plan);
  const before = contentsOf(peer);
  await expectRefused(held, plan, { folder: forged, fingerprint });
  expect(contentsOf(peer)).toEqual(before);

  // Only the documents are others: that is seen when they are back, and before anybody may read them.
  const mixed = join(base, "mongo-mixed");
  cpSync(folder, mixed, { recursive: true });
  const manifest = readFileSync(join(mixed, "manifest.json"), "utf8");
  const { databases } = JSON.parse(manifest) as {
    databases: { name: string; files: Record<string, { file: string; sha256: string }> }[];
  };
  const file = databases.find(({ name }) => name === "db_shop")!.files["odd"]!;
  const bytes = readFileSync(join(forged, file.file));
  writeFileSync(join(mixed, file.file), bytes);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  writeFileSync(
    join(mixed, "manifest.json"),
    manifest.replace(`"sha256": "${file.sha256}"`, `"sha256": "${sha256}"`),
  );
  const undo = held.undo(undoing, plan, { kind: "tombstone", folder: mixed, fingerprint }, options);
  await expect(undo).rejects.toMatchObject({ refusal: { code: "not-equal" } });
  expect(peer.store.users.map(({ user }) => user)).toEqual(["reporting"]);
  const back = await held.undo(undoing, plan, { kind: "tombstone", folder, fingerprint }, options);
  expect(back.proof?.isEqual).toBe(true);
});
