import { OpsError } from "../../../errors.ts";
import type { Environment } from "../../../postgres/connection-settings.ts";
import { throwIfInterrupted } from "../../../run/interrupt.ts";
import type { Backend, HeldTarget } from "../../backend.ts";
import type { FencePlan } from "../../drop.ts";
import { requirePermit } from "../../permit.ts";
import { TargetRefused } from "../../target-refusal.ts";
import type { TargetPolicy } from "../../target-policy.ts";
import { eyesOf } from "../../statements/eyes-of.ts";
import { openRulesOf, readAclLine } from "./acl-line.ts";
import { parseAddress } from "../../addresses/redis.ts";
import type { Address } from "../../addresses/redis.ts";
import { destroy } from "./destroy.ts";
import { fence, requireDecidedOn } from "./fence.ts";
import { holdResource } from "./hold.ts";
import type { Hold } from "./hold.ts";
import { readLast, requireDecidedServer } from "./identify.ts";
import { inspect, listRefusals } from "./inspect.ts";
import { takeInventory } from "./inventory.ts";
import { fencePrefix } from "./key-names.ts";
import { openLink } from "./link.ts";
import { makeTombstone } from "./make-tombstone.ts";
import { partsOf, writePlan } from "./marks.ts";
import { refuseDestroyer } from "./may-delete-user.ts";
import { proveTombstone } from "./prove-tombstone.ts";
import { readStanding } from "./standing.ts";
import { undo } from "./undo.ts";

export interface RedisBackendOptions {
  readonly policy: TargetPolicy;
  /** PATH is where `redis-server` is looked for, TMPDIR where a throwaway one lives. */
  readonly env: Environment;
  /** The program that proves tombstones; null: the first of PATH. */
  readonly program?: string;
}

/**
 * Redis 6.2 and newer, and Valkey, without cluster mode. Nothing is opened before it is needed; a URL that cannot be read throws
 * `bad-config` at once. What custody's own user must be allowed is in `docs/drop-redis.md`.
 */
export function openRedisBackend({ policy, env, program }: RedisBackendOptions): Backend {
  const address = parseAddress(policy.url);
  const proof = { env, program: program ?? null };
  const backend: Backend = {
    supports: ["redis", "acl-user", "keys"],
    hasFence: true,
    // Redis folds and cuts nothing; a name with a blank or a NUL is refused by ACL SETUSER.
    finalName: (part, name) => (part === "user" ? name.replaceAll(/[\s\0]/g, "") : name),
    reserved: ["default", (address.user ?? "default").toLowerCase()],
    async inspect(resource, { signal }) {
      await using link = await openLink(address, "custody");
      return await inspect(link, address, resource, signal);
    },
    async hold(dropId, resource, signal) {
      throwIfInterrupted(signal);
      const hold = await holdResource(address, dropId, resource);
      return heldTarget(hold, address, dropId, proof);
    },
    async inventory(signal) {
      await using link = await openLink(address, "custody");
      return await takeInventory(link, address.database, signal);
    },
    async ping() {
      await using link = await openLink(address, "custody");
      await link.ask(["PING"]);
    },
    close: async () => undefined,
  };
  return {
    ...backend,
    statements: {
      ...eyesOf(backend),
      async refuseDestroyer(subject, users) {
        await using link = await openLink(address, "custody");
        return await refuseDestroyer(link, subject, users);
      },
    },
  };
}

function heldTarget(
  hold: Hold,
  address: Address,
  dropId: string,
  proof: { readonly env: Environment; readonly program: string | null },
): HeldTarget {
  /** What goes wrong because the lock was lost says so. */
  const held = async <T>(work: () => Promise<T>): Promise<T> => {
    if (hold.lost.aborted) throw lostHold(address);
    try {
      return await work();
    } catch (error) {
      throw hold.lost.aborted ? lostHold(address, error) : error;
    }
  };
  /** Of all that goes by what a plan knows of the server. */
  const there = <T>({ identity }: FencePlan, work: () => Promise<T>): Promise<T> =>
    held(async () => {
      await requireDecidedServer(hold.control, identity);
      return await work();
    });
  return {
    lost: hold.lost,
    planFence: (resource, identity) =>
      held(async () => {
        const [refusal] = await listRefusals(hold.control, resource, address);
        if (refusal !== undefined) throw new TargetRefused(refusal);
        await requireDecidedServer(hold.control, identity);
        const { user = null, keys = null } = resource.names;
        const line = user === null ? null : await readAclLine(hold.control, user);
        const plan = {
          fenceId: dropId,
          user: line === null ? null : user,
          prefix: keys,
          fencePrefix: fencePrefix(dropId) + (keys ?? ""),
          line,
          last: await readLast(hold.control, partsOf(resource)),
        };
        requireDecidedOn(identity, plan);
        return writePlan(identity, plan, { rules: line === null ? [] : openRulesOf(line) });
      }),
    fence: (permit, plan) =>
      there(plan, async () => {
        requirePermit(permit);
        await fence(hold, plan);
      }),
    standing: (plan) => there(plan, () => readStanding(hold, plan)),
    makeTombstone: (plan, folder, progress, signal) =>
      there(plan, () => makeTombstone(hold, plan, folder, progress, signal)),
    proveTombstone: (plan, folder, progress, signal, recorded) =>
      held(() => proveTombstone(plan, folder, { ...proof, progress, signal, recorded })),
    undo: (permit, plan, from, options) =>
      there(plan, async () => {
        requirePermit(permit);
        return await undo(hold, plan, from, options);
      }),
    destroyResource: (permit, plan) =>
      there(plan, async () => {
        requirePermit(permit);
        return await destroy(permit, hold, plan);
      }),
    [Symbol.asyncDispose]: () => hold[Symbol.asyncDispose](),
  };
}

function lostHold(address: Address, cause?: unknown): OpsError {
  return new OpsError(
    "connection-lost",
    `the target ${address.display} is no longer held: its lock or its connections are gone`,
    "another instance took the drop over, or the server went away",
    { cause },
  );
}
