import { createHash, randomUUID } from "node:crypto";
import type { Answer, Chokepoint, DropPlan } from "../../src/chokepoint/api.ts";
import type { Caller, Drop, DropRequest, DropState, Refusal } from "../../src/chokepoint/drop.ts";
import type { DropFact, TimelineEntry } from "../../src/chokepoint/ports.ts";
import type { ReconcileFact } from "../../src/chokepoint/reconcile/facts.ts";
import type { Finding } from "../../src/chokepoint/reconcile/read-findings.ts";

export interface MemoryChokepoint extends Chokepoint {
  /** What the ledger, or a target, answers from now on. */
  readonly world: {
    isLedgerDown: boolean;
    isBroken: boolean;
    isReady: boolean;
    found: readonly ReconcileFact[];
    /** What earlier rounds told, newest first. */
    findings: readonly Finding[];
  };
  /** Moves a drop by itself, as the engine does behind the answer. */
  move(dropId: string, state: DropState): void;
  readonly calls: string[];
}

/**
 * A chokepoint without servers, for tests of its faces: drops live in a map, and a resource's name says what becomes of it: `db_held…` is
 * held, `db_refused…` refused, `db_passing…` refused for now, `db_noop…` is not there. Everything else is fenced at once.
 */
export function memoryChokepoint(targets: readonly string[] = ["customers"]): MemoryChokepoint {
  const drops = new Map<string, Drop>();
  const timelines = new Map<string, TimelineEntry[]>();
  const listeners = new Set<(fact: DropFact) => void>();
  const world: MemoryChokepoint["world"] = {
    isLedgerDown: false,
    isBroken: false,
    isReady: true,
    found: [],
    findings: [],
  };
  const calls: string[] = [];
  let seq = 0;
  let clock = Date.parse("2026-11-22T12:00:00.000Z");

  const save = (drop: Drop, event: string, actor: Caller): Drop => {
    const at = new Date((clock += 1000));
    const saved = { ...drop, updatedAt: at };
    drops.set(drop.dropId, saved);
    const timeline = timelines.get(drop.dropId) ?? [];
    seq += 1;
    timeline.push({
      id: randomUUID(),
      seq,
      action: event,
      at,
      actor: actor.name,
      details: { drop_id: drop.dropId },
    });
    timelines.set(drop.dropId, timeline);
    for (const listener of listeners) listener({ type: "drop-moved", drop: saved, event, at });
    return saved;
  };

  const fence = (drop: Drop, actor: Caller): Drop => {
    const started = save({ ...drop, state: "started", startedAt: new Date(clock) }, "drop.started", actor);
    return save(
      {
        ...started,
        state: "fenced",
        outcome: "ok",
        fencedAt: new Date(clock),
        purgeAt: new Date(clock + 30 * 86_400_000),
      },
      "drop.fenced",
      actor,
    );
  };

  const say = (dropId: string, states: readonly DropState[], then: (drop: Drop) => Answer): Answer => {
    const drop = drops.get(dropId);
    if (drop === undefined) return { kind: "not-found" };
    if (states.includes(drop.state)) return then(drop);
    return { kind: "conflict", reason: `it is ${drop.state}`, drop };
  };

  return {
    world,
    calls,
    async request(request, caller) {
      calls.push("request");
      if (world.isBroken) throw new Error("postgres://admin:hunter2@db/x broke");
      if (world.isLedgerDown) return { kind: "unrecorded", reason: "the ledger cannot be written" };
      if (!targets.includes(request.target))
        return { kind: "invalid", reason: `no target is named ${request.target}` };
      const requestHash = createHash("sha256").update(JSON.stringify(request)).digest("hex");
      const known = [...drops.values()].find((each) => each.request.requestId === request.requestId);
      if (known !== undefined)
        return { kind: known.requestHash === requestHash ? "repeat" : "conflict", drop: known };
      const drop = save(newDrop(request, caller, requestHash, new Date(clock)), "drop.requested", caller);
      const refusal = refusalOf(request.providerResourceId);
      if (refusal !== null)
        return {
          kind: "new",
          drop: save(
            { ...drop, state: "refused", outcome: refusal.outcome, refusal },
            "drop.refused",
            caller,
          ),
        };
      if (request.providerResourceId.startsWith("db_noop"))
        return { kind: "new", drop: save({ ...drop, state: "noop", outcome: "noop" }, "drop.noop", caller) };
      if (request.providerResourceId.startsWith("db_held")) {
        const hold = {
          why: "policy",
          approvers: 1,
          expiresAt: new Date(clock + 4 * 3_600_000),
          terms: null,
        } as const;
        return { kind: "new", drop: save({ ...drop, state: "held", hold }, "drop.held", caller) };
      }
      return { kind: "new", drop: fence(drop, caller) };
    },
    async plan(request) {
      calls.push("plan");
      if (!targets.includes(request.target))
        return { kind: "invalid", reason: `no target is named ${request.target}` };
      return planOf(request);
    },
    async ticket(dropId, caller) {
      calls.push("ticket");
      const answer = await say(dropId, ["refused"], (drop) => {
        if (caller.person === null || caller.person === drop.caller.person)
          return { kind: "forbidden", reason: "nobody approves their own", drop };
        const ticket = { sha256: "ab", expiresAt: new Date(clock + 3_600_000) };
        return { kind: "done", drop: save({ ...drop, ticket }, "drop.approved", caller) };
      });
      return answer.kind === "done" ? { ...answer, ticket: `${dropId}.${"A".repeat(43)}` } : answer;
    },
    statement: () => Promise.reject(new Error("not asked in these tests")),
    async approve(dropId, caller, { comment }) {
      calls.push("approve");
      return say(dropId, ["held"], (drop) => {
        if (caller.person === null || caller.person === drop.caller.person)
          return { kind: "forbidden", reason: "nobody approves their own", drop };
        const approval = { by: caller.name, person: caller.person, at: new Date(clock), comment };
        const approved = save({ ...drop, state: "approved", approvals: [approval] }, "drop.approved", caller);
        return { kind: "done", drop: fence(approved, caller) };
      });
    },
    async deny(dropId, caller) {
      calls.push("deny");
      return say(dropId, ["held"], (drop) => ({
        kind: "done",
        drop: save({ ...drop, state: "denied", outcome: "denied" }, "drop.denied", caller),
      }));
    },
    async undo(dropId, caller, { as }) {
      calls.push("undo");
      return say(dropId, ["fenced", "tombstoned", "proved", "completed"], (drop) => ({
        kind: "done",
        drop: save(
          { ...drop, state: "undone", undoneAs: as ?? drop.request.providerResourceId },
          "drop.undone",
          caller,
        ),
      }));
    },
    async purge(dropId, caller, { requestId }) {
      calls.push("purge");
      return say(dropId, ["completed", "fenced"], (drop) => {
        const request = { ...drop.request, requestId: requestId ?? `purge-${dropId}` };
        const hold = {
          why: "purge",
          approvers: 1,
          expiresAt: new Date(clock + 4 * 3_600_000),
          terms: null,
        } as const;
        const purge = { ...newDrop(request, caller, "", new Date(clock)), purges: dropId, hold };
        save(purge, "drop.requested", caller);
        return { kind: "done", drop: save({ ...purge, state: "held" }, "drop.held", caller) };
      });
    },
    async show(dropId) {
      const drop = drops.get(dropId);
      return drop === undefined ? null : { drop, timeline: timelines.get(dropId) ?? [] };
    },
    async list(filter) {
      const before = filter.before;
      return [...drops.values()]
        .toSorted((left, right) => right.requestedAt.getTime() - left.requestedAt.getTime())
        .filter(
          ({ state, request, caller, requestedAt }) =>
            (filter.states?.includes(state) ?? true) &&
            (filter.target ?? request.target) === request.target &&
            (filter.caller ?? caller.name) === caller.name &&
            (filter.token ?? request.token) === request.token &&
            (filter.providerResourceId ?? request.providerResourceId) === request.providerResourceId &&
            (filter.since === undefined || requestedAt >= filter.since) &&
            (before === undefined || requestedAt < before.at),
        )
        .slice(0, filter.limit);
    },
    async reconcile(target, { canary }) {
      calls.push(`reconcile ${target}${canary ? " canary" : ""}`);
      if (world.isBroken) throw new Error("postgres://admin:hunter2@db/x broke");
      return targets.includes(target) ? world.found : null;
    },
    async findings({ since, targets: wanted, limit }) {
      const all = world.findings.filter(
        ({ at, target }) => (since === null || at >= since) && (wanted === null || wanted.includes(target)),
      );
      return await Promise.resolve({ findings: all.slice(0, limit), hasMore: all.length > limit });
    },
    follow(listener) {
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
    async ready() {
      return [
        { name: "ledger", isOk: world.isReady, detail: world.isReady ? "writable" : "cannot be reached" },
        { name: "customers", isOk: true, detail: "reachable" },
      ];
    },
    move(dropId, state) {
      const drop = drops.get(dropId);
      if (drop === undefined) throw new Error(`no drop ${dropId}`);
      const outcome = state === "completed" ? "ok" : state === "failed" ? "error" : drop.outcome;
      save({ ...drop, state, outcome }, `drop.${state}`, drop.caller);
    },
  };
}

function refusalOf(name: string): Refusal | null {
  if (name.startsWith("db_refused"))
    return { site: "identity", reason: "the name is reserved", isPassing: false, outcome: "refused" };
  if (name.startsWith("db_passing"))
    return { site: "target", reason: "the target cannot be reached", isPassing: true, outcome: "refused" };
  if (name.startsWith("db_breaker"))
    return { site: "breaker", reason: "the breaker is open", isPassing: true, outcome: "breaker_open" };
  return null;
}

function planOf(request: DropRequest): DropPlan {
  const refusal = refusalOf(request.providerResourceId);
  return {
    refusals: refusal === null ? [] : [refusal],
    wouldHold: request.providerResourceId.startsWith("db_held") ? { why: "policy", approvers: 1 } : null,
    inspection: {
      identity: {
        systemIdentifier: "7300000000000000001",
        parts: [{ part: "database", name: request.providerResourceId, id: "16384", sizeBytes: 321_912_832 }],
      },
      refusals: [],
      sizeBytes: 321_912_832,
      sessions: 3,
      notes: ["2 roles have grants"],
    },
    steps: ["record drop.started", "fence", "dump", "prove", "destroy in 30 days"],
  };
}

function newDrop(request: DropRequest, caller: Caller, requestHash: string, at: Date): Drop {
  return {
    dropId: randomUUID(),
    request,
    statement: null,
    requestHash,
    placement: "shared",
    caller,
    state: "requested",
    outcome: null,
    refusal: null,
    error: null,
    plan: null,
    identity: null,
    tombstone: null,
    hold: null,
    approvals: [],
    ticket: null,
    purges: null,
    undoFrom: null,
    undoneAs: null,
    undoneId: null,
    requestedAt: at,
    startedAt: null,
    fencedAt: null,
    finishedAt: null,
    purgeAt: null,
    tombstoneUntil: null,
    attempts: 0,
    epoch: 1,
    updatedAt: at,
  };
}
