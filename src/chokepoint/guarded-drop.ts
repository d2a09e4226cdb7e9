import { OpsError } from "../errors.ts";
import type { Drop, DropState } from "./drop.ts";
import { resolveResource } from "./decide/resolve-resource.ts";
import type { ChokepointPorts, Target } from "./ports.ts";
import { contradiction } from "./require-in-chain.ts";
import { isRequestable } from "./resource.ts";
import type { Resource } from "./resource.ts";
import { carryOut, findOut } from "./steps/carry-out.ts";
import { decide } from "./steps/decide.ts";
import { expireDrop } from "./steps/expire.ts";
import { makeTombstone, proveTombstone, sealTombstone } from "./steps/keep-tombstone.ts";
import { beginPurge, purgeDrop, removeTombstone } from "./steps/purge.ts";
import { purgeEarly } from "./steps/purge-early.ts";
import { openRun } from "./steps/run.ts";
import type { Run } from "./steps/run.ts";
import { undoDrop } from "./steps/undo.ts";
import { endAbandoned } from "./statements/end-abandoned.ts";

export interface DropWatch {
  /** Told each state as it is committed. */
  readonly moved: (drop: Drop) => void;
  /** Waited for before work that takes long: tombstones are made a few at a time. The target is let go meanwhile. */
  readonly turn: (signal: AbortSignal) => Promise<Disposable>;
  /** Ends the work where it stands; what is left is another's, or the next start's. */
  readonly stop: AbortSignal;
}

/**
 * The chokepoint: takes a drop that this instance holds from where it stands to where it rests. Every fence, every undo and every
 * destruction of the program is sent from within, by a backend that asks for the permit of a committed event:
 *
 * validate → identity guard → intent and terminality → breakers → approval → `drop.started` committed → fence → the answer → dump →
 * proof → and, at the end of the retention, the destruction.
 *
 * Throws `TakenOver` when another instance has it by now, `InterruptedError` at `stop`, and an `OpsError` when the ledger or the
 * target cannot be asked: then nothing more is done, and whoever finds the drop next goes on.
 */
export async function guardedDrop(drop: Drop, ports: ChokepointPorts, watch: DropWatch): Promise<Drop> {
  // A session's own statement: custody ends its row where that session is gone, and sends nothing.
  if (drop.statement !== null) {
    const ended = await endAbandoned(drop, { ...ports, drain: watch.stop, stop: watch.stop });
    watch.moved(ended);
    return ended;
  }
  const { target, resource } = placeOf(drop, ports);
  await using run = openRun(drop, resource, target, ports, watch.stop);
  let current = drop;
  do {
    const next = await takeStep(current, run, watch);
    if (next === null) return current;
    current = next;
    watch.moved(current);
  } while (workingStates.has(current.state));
  return current;
}

/** What is being worked on: whoever holds one of these and stops leaves it to another. */
const workingStates: ReadonlySet<DropState> = new Set([
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

/** The next step of a drop, or null where it rests. */
async function takeStep(drop: Drop, run: Run, watch: DropWatch): Promise<Drop | null> {
  const { ports } = run;
  if (drop.purges !== null && ["requested", "approved", "started"].includes(drop.state))
    return await purgeEarly(drop, run);
  switch (drop.state) {
    case "requested":
    case "approved":
      return await decide(drop, run);
    case "started":
      return isKeptUnfenced(drop, run)
        ? await longer(makeTombstone, drop, run, watch)
        : await carryOut(drop, run);
    case "unknown":
      return await findOut(drop, run);
    case "fenced":
      return await longer(makeTombstone, drop, run, watch);
    case "tombstoned":
      return await longer(proveTombstone, drop, run, watch);
    case "proved":
      return await sealTombstone(drop, run);
    case "undo_started":
      return await undoDrop(drop, run);
    case "purge_started":
      return await purgeDrop(drop, run);
    case "held":
      return isPast(drop.hold?.expiresAt, ports) ? await expireDrop(drop, ports) : null;
    case "completed":
      return isPast(drop.purgeAt, ports) ? await beginPurge(drop, run) : null;
    case "undone":
      // It came back from its tombstone, and its fence is left.
      if (isPast(drop.purgeAt, ports)) return await beginPurge(drop, run);
      return isOver(drop, ports) ? await removeTombstone(drop, run) : null;
    case "purged":
      return isOver(drop, ports) ? await removeTombstone(drop, run) : null;
    case "refused":
    case "noop":
    case "denied":
    case "expired":
    case "cancelled":
    case "failed":
    case "unproved":
    case "undo_failed":
      return null;
  }
}

/** What cannot be fenced and leaves a tombstone is dumped and proved before it is destroyed. */
function isKeptUnfenced(drop: Drop, { target }: Run): boolean {
  return !target.backend.hasFence && drop.plan?.terms.mode !== "off";
}

async function longer(
  step: (drop: Drop, run: Run) => Promise<Drop>,
  drop: Drop,
  run: Run,
  watch: DropWatch,
): Promise<Drop> {
  await run.letGo();
  using _turn = await watch.turn(run.signal);
  return await step(drop, run);
}

/** Whether the tombstone of a drop that needs it no more has had its time. */
function isOver(drop: Drop, ports: ChokepointPorts): boolean {
  return drop.tombstone !== null && isPast(drop.tombstoneUntil, ports);
}

function isPast(at: Date | null | undefined, ports: ChokepointPorts): boolean {
  return at !== null && at !== undefined && at <= ports.now();
}

function placeOf(
  drop: Drop,
  { targets }: ChokepointPorts,
): { readonly target: Target; readonly resource: Resource } {
  const target = targets.get(drop.request.target);
  if (target === undefined)
    throw new OpsError(
      "bad-config",
      `its target ${drop.request.target} is not configured any more`,
      `configure ${drop.request.target} again until nothing of its drops waits: custody drop list`,
    );
  const { resourceType } = drop.request;
  if (!isRequestable(resourceType)) throw contradiction(drop, "is of a type that a session alone destroys");
  const resource = resolveResource(drop.request, target.policy);
  // A request whose names are not valid is refused by its decision, which finds that out itself.
  if ("site" in resource) return { target, resource: { type: resourceType, names: {} } };
  return { target, resource };
}
