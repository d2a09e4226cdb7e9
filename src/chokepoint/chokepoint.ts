import { InterruptedError, OpsError } from "../errors.ts";
import { createAnswers } from "./answers.ts";
import type { Answer, Chokepoint, RequestAnswer } from "./api.ts";
import type { Caller, Drop, DropRequest } from "./drop.ts";
import { createDropRuns } from "./drop-runs.ts";
import { startDropWorker } from "./drop-worker.ts";
import { isPurgeable } from "./is-purgeable.ts";
import { newDrop } from "./new-drop.ts";
import { planDrop } from "./plan-drop.ts";
import type { ChokepointPorts, DropFact, Target } from "./ports.ts";
import { tryStep } from "./record-step.ts";
import type { Rounds } from "./reconcile/rounds.ts";
import { describeResourceType, isRequestable } from "./resource.ts";
import { openStatements } from "./statements/open-statements.ts";

export interface ChokepointOptions {
  /** Nothing new is begun, what runs stops where it is; the next start or another instance goes on. */
  readonly stop: AbortSignal;
  /** Statements that wait for people are cancelled, and everything else goes on. Left out: at `stop`. */
  readonly drain?: AbortSignal;
  readonly tombstonesAtOnce: number;
  /** How often what waits for somebody is looked for. */
  readonly pollMs: number;
  /** How a target is reconciled. */
  readonly rounds: Pick<Rounds, "look" | "findings">;
  readonly warn: (message: string) => void;
  /** A drop stands still because its row says more than the chain: somebody wrote the row. Told again whenever it is gone on with. */
  readonly onContradicted: (message: string) => void;
  /** What is no `OpsError` is a bug. */
  readonly onBug: (error: unknown) => void;
}

export interface RunningChokepoint extends Chokepoint {
  /** Resolves once all work has stopped: after `stop`. */
  readonly done: Promise<void>;
}

/** The chokepoint over its ports, working on what waits from now on. */
export function openChokepoint(
  given: Omit<ChokepointPorts, "tell">,
  options: ChokepointOptions,
): RunningChokepoint {
  const listeners = new Set<(fact: DropFact) => void>();
  const ports: ChokepointPorts = {
    ...given,
    tell(fact) {
      for (const listener of listeners) listener(fact);
    },
  };
  const { ledger, targets } = ports;
  const runs = createDropRuns(ports, {
    stop: options.stop,
    tombstonesAtOnce: options.tombstonesAtOnce,
    onStopped(dropId, error) {
      worker.postpone(dropId);
      if (!(error instanceof OpsError)) return options.onBug(error);
      const message = `drop ${dropId} waits: ${error.message}`;
      if (error.code === "chain-contradicts") options.onContradicted(message);
      else options.warn(message);
    },
  });
  const { stop } = options;
  const drain = options.drain === undefined ? stop : AbortSignal.any([stop, options.drain]);
  const statements = openStatements({ ...ports, stop, drain }, options.warn);
  const isRunning = (dropId: string): boolean => runs.isRunning(dropId) || statements.isLive(dropId);
  const worker = startDropWorker(ports, { ...runs, isRunning }, options);
  const answers = createAnswers(ports, runs);
  /** A person's word is not taken either where the row contradicts the chain: they are told, and so is whoever watches. */
  const answered = async <T extends Answer>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      if (error instanceof OpsError && error.code === "chain-contradicts")
        options.onContradicted(error.message);
      throw error;
    }
  };

  const submit = async (drop: Drop): Promise<RequestAnswer> => {
    /** What whoever finds it goes on with. */
    let left: string | null = null;
    try {
      const recorded = await ledger.record(drop).catch((error: unknown) => {
        if (error instanceof OpsError && error.isOutcomeUnknown) left = drop.dropId;
        else if (error instanceof OpsError) ports.tell(unrecordedFact(drop, error, ports));
        throw error;
      });
      if (recorded.kind === "conflict") return recorded;
      left = recorded.drop.dropId;
      if (recorded.kind === "new") {
        ports.tell({ type: "drop-moved", drop: recorded.drop, event: "drop.requested", at: ports.now() });
        return { kind: "new", drop: await runs.start(recorded.drop) };
      }
      const again = await takeUpAgain(recorded.drop, drop.caller, ports);
      return { kind: "repeat", drop: again === null ? recorded.drop : await runs.start(again) };
    } catch (error) {
      if (!(error instanceof OpsError) && !(error instanceof InterruptedError)) throw error;
      const interrupted = options.stop.aborted ? "custody is stopping" : lostHold;
      const reason = error instanceof OpsError ? error.message : interrupted;
      return left === null ? { kind: "unrecorded", reason } : { kind: "undecided", dropId: left, reason };
    }
  };

  return {
    async request(request, caller) {
      const target = placeFor(request, targets);
      if (typeof target === "string") return { kind: "invalid", reason: target };
      return await submit(
        newDrop(request, caller, {
          dropId: ports.newDropId(),
          policy: target.policy,
          now: ports.now(),
          purges: null,
        }),
      );
    },
    async plan(request, caller, signal) {
      const target = placeFor(request, targets);
      if (typeof target === "string") return { kind: "invalid", reason: target };
      return await planDrop(request, caller, target, ports, signal);
    },
    async statement(asked, caller, watch) {
      try {
        return await statements.decide(asked, caller, watch);
      } catch (error) {
        if (!(error instanceof OpsError)) options.onBug(error);
        throw error;
      }
    },
    approve: (dropId, caller, { comment }) => answered(answers.approve(dropId, caller, comment)),
    ticket: (dropId, caller, { comment }) => answered(answers.ticket(dropId, caller, comment)),
    deny: (dropId, caller, { comment }) => answers.deny(dropId, caller, comment),
    undo: (dropId, caller, { as, from }) => answered(answers.undo(dropId, caller, { as, from })),
    async purge(dropId, caller, { comment, requestId }) {
      const drop = await ledger.find(dropId);
      if (drop === null) return { kind: "not-found" };
      const target = targets.get(drop.request.target);
      if (target === undefined || !isPurgeable(drop))
        return { kind: "conflict", reason: `a drop that is ${drop.state} has nothing to purge`, drop };
      const purge = newDrop(
        purgeRequest(drop, caller, comment, requestId ?? `purge-${ports.newDropId()}`),
        caller,
        {
          dropId: ports.newDropId(),
          policy: target.policy,
          now: ports.now(),
          purges: dropId,
        },
      );
      const answer = await submit(purge);
      switch (answer.kind) {
        case "new":
        case "repeat":
          return { kind: "done", drop: answer.drop };
        case "conflict":
          return {
            kind: "conflict",
            reason: "this request_id was used for something else",
            drop: answer.drop,
          };
        case "invalid":
        case "unrecorded":
        case "undecided":
          throw new OpsError("server-error", answer.reason, "ask again when the ledger can be written");
      }
    },
    async show(dropId) {
      const drop = await ledger.find(dropId);
      return drop === null ? null : { drop, timeline: await ledger.timeline(dropId) };
    },
    list: (filter) => ledger.list(filter),
    async reconcile(name, round) {
      const target = targets.get(name);
      return target === undefined ? null : await options.rounds.look(target, round);
    },
    findings: (filter) => options.rounds.findings(filter),
    follow(listener) {
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
    ready: () => askAll(ports, options.stop),
    done: worker.done.then(async () => void (await Promise.all([runs.settled(), statements.settled()]))),
  };
}

/** The ledger could not be asked for as long as a lease: whether another instance goes on with it is not known here. */
const lostHold =
  "the ledger did not answer for long, and another instance may have the drop by now: ask again";

/** What no row tells: it was asked for, and the ledger could not be written. */
function unrecordedFact(drop: Drop, { message }: OpsError, { now }: Pick<ChokepointPorts, "now">): DropFact {
  const refusal = { site: "ledger", reason: message, isPassing: true, outcome: "refused" } as const;
  const refused = { ...drop, state: "refused", outcome: "refused", refusal, finishedAt: now() } as const;
  return { type: "drop-moved", drop: refused, event: "drop.refused", at: now() };
}

/** The target of a request; a sentence where there is none for it. */
function placeFor(request: DropRequest, targets: ReadonlyMap<string, Target>): Target | string {
  const target = targets.get(request.target);
  if (target === undefined) return `there is no target ${JSON.stringify(request.target)}`;
  if (!isRequestable(request.resourceType)) return `no request destroys a ${request.resourceType}`;
  const wanted = describeResourceType(request.resourceType).target;
  if (wanted !== target.policy.kind)
    return `${request.target} is a target of kind ${target.policy.kind}: it has no resource of type ${request.resourceType}`;
  return target;
}

/**
 * A request that could not be decided is no verdict: the same one, made again by the same caller, is decided anew. Null where it was
 * decided, and where another repeats it: nobody's drop begins because somebody else asked.
 */
async function takeUpAgain(drop: Drop, caller: Caller, ports: ChokepointPorts): Promise<Drop | null> {
  if (drop.state !== "refused" || drop.refusal?.isPassing !== true) return null;
  if (drop.caller.name !== caller.name || drop.caller.person !== caller.person) return null;
  const result = await tryStep(
    {
      dropId: drop.dropId,
      epoch: drop.epoch,
      from: ["refused"],
      to: "requested",
      change: { outcome: null, refusal: null, finishedAt: null, claim: "take" },
      events: [{ action: "drop.requested", details: { again: true } }],
      actor: caller,
    },
    ports,
  );
  return result.moved ? result.drop : null;
}

function purgeRequest(drop: Drop, caller: Caller, comment: string | null, requestId: string): DropRequest {
  return {
    ...drop.request,
    requestId,
    intent: {
      ...drop.request.intent,
      reason: comment ?? `early purge of drop ${drop.dropId}, asked for by ${caller.name}`,
      requestedBy: caller.person,
      notAfter: null,
      // An approval of it is for what stands so: what came back meanwhile is not purged by it.
      resourceStatus: drop.state,
    },
  };
}

const pingMs = 3000;

async function askAll(
  { ledger, targets }: ChokepointPorts,
  stop: AbortSignal,
): Promise<readonly { readonly name: string; readonly isOk: boolean; readonly detail: string }[]> {
  const ask = async (name: string, work: Promise<void>) => {
    try {
      await work;
      return { name, isOk: true, detail: "reachable" };
    } catch (error) {
      return { name, isOk: false, detail: error instanceof Error ? error.message : String(error) };
    }
  };
  const signal = AbortSignal.any([stop, AbortSignal.timeout(pingMs)]);
  return await Promise.all([
    ask("ledger", ledger.ping()),
    ...Array.from(targets, ([name, { backend }]) => ask(`target ${name}`, backend.ping(signal))),
  ]);
}
