import { OpsError } from "../../src/errors.ts";
import type { Backend, HeldTarget, ServerRefusal, Standing } from "../../src/chokepoint/backend.ts";
import type { FencePlan, FoundPart } from "../../src/chokepoint/drop.ts";
import { requirePermit } from "../../src/chokepoint/permit.ts";
import type { Names } from "../../src/chokepoint/resource.ts";
import type { MemoryStore } from "./memory-ledger.ts";

/** A thing on the server; it is destroyed when it is not there. */
export interface Thing {
  readonly part: "database" | "role";
  readonly id: string;
  name: string;
}

/** A server that all instances reach; what was sent to it by whom. */
export interface MemoryServer {
  readonly things: Thing[];
  /** Every byte that changes something: what was recorded of the drop when it arrived. */
  readonly changes: {
    readonly what: string;
    readonly dropId: string;
    readonly recorded: readonly string[];
  }[];
  /** Resource → drop that holds its lock, and the session that does. */
  readonly locks: Map<string, { readonly dropId: string; readonly session: object }>;
  readonly refusals: ServerRefusal[];
  isDown: boolean;
  /** A dump that differs when it is restored. */
  isDumpBad: boolean;
}

export function createMemoryServer(things: readonly Thing[]): MemoryServer {
  return {
    things: [...things],
    changes: [],
    locks: new Map(),
    refusals: [],
    isDown: false,
    isDumpBad: false,
  };
}

/** `pause` is awaited between the bytes of one method: a place more to stop at. */
export function openMemoryBackend(
  server: MemoryServer,
  store: MemoryStore,
  pause: (name: string) => Promise<void> = () => Promise.resolve(),
): Backend {
  const ask = async (): Promise<void> => {
    await Promise.resolve();
    if (server.isDown) throw new OpsError("unreachable", "the target is down", "start it");
  };
  const find = (names: Names): readonly Thing[] =>
    server.things.filter((each) => names[each.part] === each.name);
  return {
    supports: ["postgres", "database", "role"],
    hasFence: true,
    finalName: (_, name) => name.slice(0, 63),
    reserved: ["postgres", "template1"],
    async inspect(resource) {
      await ask();
      const parts = find(resource.names).map(({ part, name, id }): FoundPart => ({
        part,
        name,
        id,
        sizeBytes: 1,
      }));
      return {
        identity: { systemIdentifier: "1", parts },
        refusals: server.refusals,
        sizeBytes: 1,
        sessions: 0,
        notes: [],
      };
    },
    async hold(dropId, resource) {
      await ask();
      const key = JSON.stringify(resource.names);
      const holder = server.locks.get(key);
      if (holder !== undefined && holder.dropId !== dropId)
        throw new OpsError("state-in-use", "another drop holds it", "wait");
      const session = {};
      server.locks.set(key, { dropId, session });
      return holdServer(server, store, dropId, key, session, pause);
    },
    inventory: () => Promise.reject(new Error("not asked in these tests")),
    ping: ask,
    close: () => Promise.resolve(),
  };
}

function holdServer(
  server: MemoryServer,
  store: MemoryStore,
  dropId: string,
  key: string,
  session: object,
  pause: (name: string) => Promise<void>,
): HeldTarget {
  const fenceName = (part: string): string => `custody_tomb_${dropId}_${part}`;
  const ask = async (): Promise<void> => {
    await Promise.resolve();
    if (server.isDown) throw new OpsError("unreachable", "the target is down", "start it");
    // Whoever took the lock over has terminated this session.
    if (server.locks.get(key)?.session !== session)
      throw new OpsError("connection-lost", "terminated", "none");
  };
  const change = async (what: string): Promise<void> => {
    await pause(what);
    await ask();
    const recorded = store.events.filter((each) => each.dropId === dropId).map((each) => each.action);
    server.changes.push({ what, dropId, recorded });
  };
  const thingOf = (id: string): Thing | undefined => server.things.find((each) => each.id === id);
  const standingOf = (plan: FencePlan): Standing => {
    const there = plan.identity.parts.map(({ id }) => thingOf(id));
    if (there.every((each) => each === undefined)) return "gone";
    if (there.some((each) => each === undefined)) return "half-destroyed";
    const fenced = there.filter((each) => each?.name.startsWith("custody_tomb_"));
    if (fenced.length === there.length) return "fenced";
    return fenced.length === 0 ? "intact" : "fencing";
  };
  return {
    lost: new AbortController().signal,
    async planFence(_resource, identity) {
      await ask();
      return {
        identity,
        fenceNames: Object.fromEntries(identity.parts.map(({ part }) => [part, fenceName(part)])),
        saved: {},
        secret: { verifier: "hidden" },
      };
    },
    async fence(permit, plan) {
      requirePermit(permit);
      for (const { part, id } of plan.identity.parts) {
        await change(`fence ${part}`);
        const thing = thingOf(id);
        if (thing !== undefined) thing.name = plan.fenceNames[part] ?? "";
      }
    },
    async standing(plan) {
      await ask();
      return { standing: standingOf(plan), witness: { by: "memory" } };
    },
    async makeTombstone() {
      await ask();
      return { bytes: 1, fingerprint: "f", contents: {} };
    },
    async proveTombstone() {
      await ask();
      return server.isDumpBad
        ? { isEqual: false, differences: ["a row differs"], seconds: 0 }
        : { isEqual: true, differences: [], seconds: 0 };
    },
    async undo(permit, plan, from, { as }) {
      requirePermit(permit);
      for (const { part, id, name } of plan.identity.parts) {
        await change(`undo ${part}`);
        const thing = thingOf(id);
        const wanted = part === "database" ? (as ?? name) : name;
        const own = from.kind === "fence" && thing !== undefined ? id : `${id}'`;
        const there = server.things.find((each) => each.part === part && each.name === wanted);
        if (there !== undefined && there.id !== own)
          throw new OpsError("bad-input", `${wanted} is in use`, "undo --as");
        if (own === id && thing !== undefined) thing.name = wanted;
        else if (from.kind === "tombstone" && there === undefined)
          server.things.push({ part: part as Thing["part"], id: own, name: wanted });
      }
      return { names: {}, proof: null, notes: [] };
    },
    async destroyResource(permit, plan) {
      requirePermit(permit);
      for (const { part, id } of plan.identity.parts) {
        await change(`destroy ${part}`);
        const index = server.things.findIndex((each) => each.id === id);
        if (index >= 0) server.things.splice(index, 1);
      }
      return { standing: "gone", witness: { by: "memory" } };
    },
    async [Symbol.asyncDispose]() {
      await Promise.resolve();
      if (server.locks.get(key)?.session === session) server.locks.delete(key);
    },
  };
}
