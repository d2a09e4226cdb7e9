import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { expect } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openTargets } from "../../src/chokepoint/open-targets.ts";
import { readPolicy } from "../../src/chokepoint/read-policy.ts";
import { openTombstoneFiles } from "../../src/chokepoint/tombstone-files.ts";
import type { DropRequest } from "../../src/chokepoint/drop.ts";
import { targetSchema } from "../../src/config/target-schema.ts";
import { actionsOf, createWorld, person, provisioner, startInstance, untilState } from "./engine.ts";

/** What a drop and its undo led through: the ledger's actions, and the proof of the tombstone. */
export interface EngineDrop {
  readonly actions: readonly string[];
  readonly proof: unknown;
  /** Everything that the ledger holds, as text. */
  readonly ledger: string;
}

/**
 * Requested, answered behind its fence, kept, proved, encrypted, purged at the end of its retention, and undone from the encrypted
 * tombstone: through the whole engine. `purged` is called when nothing should be left.
 */
export async function dropByEngine(
  target: { readonly kind: "nats" | "mongo"; readonly url: string; readonly env: NodeJS.ProcessEnv },
  request: DropRequest,
  purged: () => Promise<void>,
): Promise<EngineDrop> {
  const folder = mkdtempSync(join(tmpdir(), "custody-test-engine-"));
  using _cleanUp = { [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
  const identity = await generateX25519Identity();
  const recipients = [await identityToRecipient(identity)];
  const section = targetSchema.parse({
    name: request.target,
    kind: target.kind,
    placement: "shared",
    url: target.url,
    approval: { default: "allow" },
    names: { stream: "^db_", database: "^db_", user: "^usr_" },
    tombstone: { dir: folder, retention: "1s", keep: "10m", recipients, identities: [identity] },
  });
  const policy = readPolicy(section, { folder: "/", stateDir: "/" });
  const { backend } = (await openTargets([policy], { env: target.env, jobs: 1 })).get(policy.name)!;
  const tombstones = openTombstoneFiles({ env: process.env });
  const world = createWorld();
  await using one = startInstance(world, { name: "one", policy, backend, tombstones });
  const answer = await one.chokepoint.request(request, provisioner, new AbortController().signal);
  if (answer.kind !== "new") throw new Error(JSON.stringify(answer));
  expect(answer.drop).toMatchObject({ state: "fenced", outcome: "ok" });
  const { dropId } = answer.drop;
  expect((await untilState(world, dropId, ["completed"])).tombstone?.isEncrypted).toBe(true);
  world.now = new Date(world.now.getTime() + 1001);
  await untilState(world, dropId, ["purged"]);
  await purged();
  await one.chokepoint.undo(dropId, person("ann"), { as: null, from: null });
  await untilState(world, dropId, ["undone"]);
  expect(one.bugs).toEqual([]);
  const ledger = JSON.stringify(world.store.events);
  return { actions: actionsOf(world, dropId), proof: /"proof":"([a-z-]+)"/.exec(ledger)?.[1], ledger };
}
