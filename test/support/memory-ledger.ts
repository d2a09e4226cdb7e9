import { OpsError } from "../../src/errors.ts";
import type { Drop, DropState, DecidedPlan, JsonObject } from "../../src/chokepoint/drop.ts";
import { firstEvents } from "../../src/chokepoint/ledger/step-input.ts";
import { uncountedTypes } from "../../src/chokepoint/statements/kinds-of-statements.ts";
import type { Ledger, LedgerEvent, Step, StepResult } from "../../src/chokepoint/ports.ts";

/** One recorded event; the row stood at `state` when it was committed. */
export interface RecordedEvent {
  readonly dropId: string;
  readonly action: string;
  readonly details: JsonObject;
  readonly at: Date;
}

/** The store that all instances share: what PostgreSQL is to the real ledger. */
export interface MemoryStore {
  readonly drops: Map<string, Drop>;
  readonly events: RecordedEvent[];
  readonly owners: Map<string, string>;
  readonly secrets: Map<string, JsonObject>;
  readonly alive: Set<string>;
  readonly listeners: Set<(dropId: string) => void>;
  /** Of the server that all share. */
  clock: () => Date;
  /** Set: every call throws. */
  isDown: boolean;
}

export function createMemoryStore(): MemoryStore {
  return {
    drops: new Map(),
    events: [],
    owners: new Map(),
    secrets: new Map(),
    alive: new Set(),
    listeners: new Set(),
    clock: () => new Date(),
    isDown: false,
  };
}

const working = new Set<DropState>([
  "requested",
  "approved",
  "started",
  "fenced",
  "tombstoned",
  "proved",
  "unknown",
  "undo_started",
  "purge_started",
]);

/** The ledger's contract in memory, for tests of the engine alone; the real one passes the same suite. */
export function openMemoryLedger(store: MemoryStore, instance: string): Ledger {
  store.alive.add(instance);
  const ask = async (): Promise<void> => {
    await Promise.resolve();
    if (store.isDown) throw new OpsError("unreachable", "the ledger is down", "start it");
    if (!store.alive.has(instance)) throw new OpsError("connection-lost", "this instance is dead", "none");
  };
  const isFree = (dropId: string): boolean => {
    const owner = store.owners.get(dropId);
    return owner === undefined || !store.alive.has(owner);
  };
  const put = (drop: Drop, events: readonly LedgerEvent[]): void => {
    store.drops.set(drop.dropId, drop);
    for (const listener of store.listeners) queueMicrotask(() => listener(drop.dropId));
    for (const { action, details } of events)
      store.events.push({
        dropId: drop.dropId,
        action,
        details: { ...details, caller: drop.caller.name },
        at: store.clock(),
      });
  };
  return {
    async record(drop) {
      await ask();
      const used = drop.statement?.ticket?.sha256;
      const same = [...store.drops.values()].find(
        (each) =>
          (each.statement === null &&
            drop.statement === null &&
            each.request.requestId === drop.request.requestId) ||
          (used !== undefined && each.statement?.ticket?.sha256 === used),
      );
      if (same !== undefined)
        return {
          kind: same.requestHash === drop.requestHash && used === undefined ? "repeat" : "conflict",
          drop: same,
        };
      if (drop.state !== "refused") store.owners.set(drop.dropId, instance);
      put(drop, firstEvents(drop));
      return { kind: "new", drop };
    },
    async step(step) {
      await ask();
      return takeStep(store, step, instance, put);
    },
    async append({ action, details }) {
      await ask();
      store.events.push({ dropId: "", action, details, at: store.clock() });
    },
    async find(dropId) {
      await ask();
      return store.drops.get(dropId) ?? null;
    },
    async findSecret(dropId) {
      await ask();
      return store.secrets.get(dropId) ?? null;
    },
    async list({ states, limit }) {
      await ask();
      return [...store.drops.values()].filter((each) => states?.includes(each.state) ?? true).slice(0, limit);
    },
    async timeline(dropId) {
      await ask();
      return store.events
        .filter((each) => each.dropId === dropId)
        .map(({ action, details, at }, index) => ({
          id: String(index),
          seq: index + 1,
          action,
          at,
          actor: "",
          details,
        }));
    },
    async claim(dropId) {
      await ask();
      const drop = store.drops.get(dropId);
      if (drop === undefined || !isFree(dropId)) return null;
      const taken = { ...drop, epoch: drop.epoch + 1 };
      store.owners.set(dropId, instance);
      store.drops.set(dropId, taken);
      return taken;
    },
    keepAlive(dropId, epoch) {
      const lost = new AbortController();
      const timer = setInterval(() => {
        if (store.drops.get(dropId)?.epoch !== epoch) lost.abort();
      }, 2);
      return {
        lost: lost.signal,
        [Symbol.dispose]() {
          clearInterval(timer);
          const isOurs = store.owners.get(dropId) === instance && store.drops.get(dropId)?.epoch === epoch;
          if (isOurs) store.owners.delete(dropId);
        },
      };
    },
    async due(now, limit) {
      await ask();
      return [...store.drops.values()]
        .filter((drop) => isDue(drop, now) && isFree(drop.dropId))
        .slice(0, limit);
    },
    async clock() {
      await ask();
      return store.clock();
    },
    async startedSince(target, caller, since) {
      await ask();
      return countStarted([...store.drops.values()], target, caller, since);
    },
    onMoved(listener) {
      store.listeners.add(listener);
      return { [Symbol.dispose]: () => void store.listeners.delete(listener) };
    },
    async count() {
      await ask();
      return {
        held: [...store.drops.values()].filter((each) => each.state === "held").length,
        tombstones: {},
      };
    },
    ping: ask,
  };
}

function isDue(drop: Drop, now: Date): boolean {
  if (drop.statement !== null) return ["requested", "held", "approved", "started"].includes(drop.state);
  if (working.has(drop.state)) return true;
  if (drop.state === "held") return drop.hold !== null && drop.hold.expiresAt <= now;
  if (["completed", "undone"].includes(drop.state) && drop.purgeAt !== null && drop.purgeAt <= now)
    return true;
  if (drop.state !== "purged" && drop.state !== "undone") return false;
  return drop.tombstone !== null && drop.tombstoneUntil !== null && drop.tombstoneUntil <= now;
}

function takeStep(
  store: MemoryStore,
  step: Step,
  instance: string,
  put: (drop: Drop, events: readonly LedgerEvent[]) => void,
): StepResult {
  const drop = store.drops.get(step.dropId);
  if (drop === undefined) throw new Error(`no drop ${step.dropId}`);
  if (!step.from.includes(drop.state) || (step.epoch !== null && step.epoch !== drop.epoch))
    return { moved: false, why: "stale", drop };
  const others = [...store.drops.values()].filter((each) => each.dropId !== drop.dropId);
  const identity = step.guard?.identity;
  if (identity !== undefined) {
    const rival = others.find(
      (each) =>
        each.statement === null &&
        ["started", "unknown"].includes(each.state) &&
        each.identity?.parts.some(({ part, id }) =>
          identity.includes(`${each.identity?.systemIdentifier}/${part}:${id}`),
        ),
    );
    if (rival !== undefined) return { moved: false, why: "identity", drop, other: rival.dropId };
  }
  const volume = step.guard?.volume;
  const since = new Date(store.clock().getTime() - (volume?.perMs ?? 0));
  const started = countStarted(others, drop.request.target, drop.caller.name, since);
  if (volume !== undefined && started >= volume.drops) return { moved: false, why: "volume", drop };
  const { claim, plan, ...change } = step.change;
  if (plan !== undefined && plan.secret !== null) store.secrets.set(drop.dropId, plan.secret);
  const moved: Drop = {
    ...drop,
    ...change,
    ...(plan === undefined ? {} : { plan: withoutSecret(plan) }),
    state: step.to ?? drop.state,
    epoch: claim === "take" || claim === "count" ? drop.epoch + 1 : drop.epoch,
  };
  if (claim === "take") store.owners.set(drop.dropId, instance);
  if (claim === "release") store.owners.delete(drop.dropId);
  put(moved, step.events);
  return { moved: true, drop: moved };
}

function withoutSecret({ secret: _secret, ...plan }: DecidedPlan): Omit<DecidedPlan, "secret"> {
  return plan;
}

function countStarted(drops: readonly Drop[], target: string, caller: string, since: Date): number {
  const started = drops.filter(
    ({ startedAt, statement, request }) =>
      startedAt !== null &&
      startedAt > since &&
      (statement === null || !uncountedTypes.includes(request.resourceType)),
  );
  return Math.max(
    started.filter(({ request }) => request.target === target).length,
    started.filter((each) => each.caller.name === caller).length,
  );
}
