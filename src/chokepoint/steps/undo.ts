import { InterruptedError, OpsError } from "../../errors.ts";
import type { ErrorCode } from "../../errors.ts";
import type { HeldTarget, Undone, UndoSource } from "../backend.ts";
import type { DecidedPlan, Drop, FencePlan, Terms } from "../drop.ts";
import type { Permit } from "../permit.ts";
import { permitFor, recordStep, TakenOver, tryStep } from "../record-step.ts";
import { countAttempt } from "./or-unproved.ts";
import { readPlan, tellFailure } from "./run.ts";
import type { Run } from "./run.ts";

/** `undo_started` → `undone` or `undo_failed`: from the fence where there is one, else from the tombstone. */
export async function undoDrop(drop: Drop, run: Run): Promise<Drop> {
  const { ports, signal } = run;
  const permit = await permitFor(drop, ports);
  const plan = await readPlan(drop, ports);
  let back: Back;
  try {
    back = await bringBack(drop, permit, plan, run);
  } catch (error) {
    if (error instanceof TakenOver || error instanceof InterruptedError || signal.aborted) throw error;
    if (mayPass(error) && drop.attempts + 1 < mostAttempts) {
      await countAttempt(drop, tellFailure(error), run);
      throw error;
    }
    return await recordStep(
      drop,
      {
        to: "undo_failed",
        change: { error: tellFailure(error), claim: "release" },
        event: { action: "drop.undo_failed", details: { error: tellFailure(error) } },
      },
      ports,
    );
  }
  const { from, undone, isLeft, told } = back;
  const { names, proof, notes } = undone;
  const times = timesOf(drop, plan.terms, isLeft, ports.now());
  return await recordStep(
    drop,
    {
      to: "undone",
      change: { error: null, finishedAt: ports.now(), undoFrom: from, ...times, claim: "release" },
      event: {
        action: "drop.undone",
        details: {
          from,
          names,
          equal: proof?.isEqual ?? null,
          fence_left: isLeft,
          purge_at: times.purgeAt?.toISOString() ?? null,
          tombstone_until: times.tombstoneUntil?.toISOString() ?? null,
          notes: [...told, ...notes],
        },
      },
    },
    ports,
  );
}

interface Back {
  readonly from: UndoSource["kind"];
  readonly undone: Undone;
  readonly isLeft: boolean;
  readonly told: readonly string[];
}

async function bringBack(drop: Drop, permit: Permit, plan: DecidedPlan, run: Run): Promise<Back> {
  const { ports, signal, target } = run;
  const held = await run.hold();
  const { standing } = await held.standing(plan);
  const isFenced = standing !== "gone" && standing !== "half-destroyed" && drop.undoFrom !== "tombstone";
  const told: string[] = [];
  await using plain = await openTombstone(drop, run, isFenced, (note) => void told.push(note));
  const from = sourceOf(drop, plain?.folder ?? null, isFenced);
  const undone = await held.undo(permit, plan, from, {
    as: drop.undoneAs,
    whole: drop.undoneId,
    onWhole: (undoneId) => noteWhole(drop, undoneId, run),
    progress: () => undefined,
    signal,
  });
  const isLeft =
    target.backend.hasFence && !isFenced && standing !== "gone" && (await isFenceLeft(held, plan));
  // One that was never whole is in no row, and nobody else would find it.
  if (drop.tombstone === null && plan.terms.mode === "required")
    await ports.tombstones
      .remove(ports.tombstones.folderOf(target.policy, drop.dropId))
      .catch(tellRemoval(told));
  return { from: from.kind, undone, isLeft, told };
}

function tellRemoval(told: string[]): (error: unknown) => void {
  return (error) => void told.push(`what was begun of its tombstone is left: ${tellFailure(error)}`);
}

/**
 * Until when what an undo leaves is kept. A fence that was passed over is destroyed in its time, like any other; one whose tombstone was
 * never proved is not, and reconciliation tells of it.
 */
function timesOf(
  { purgeAt, tombstone, tombstoneUntil, fencedAt }: Drop,
  { retentionMs, keepMs }: Terms,
  isLeft: boolean,
  now: Date,
): Pick<Drop, "purgeAt" | "tombstoneUntil"> {
  const from = (fencedAt ?? now).getTime();
  const isProved = tombstone !== null && tombstone.provedAt !== null;
  return {
    purgeAt: isLeft && isProved ? (purgeAt ?? new Date(from + retentionMs)) : null,
    tombstoneUntil: tombstone === null ? null : (tombstoneUntil ?? new Date(from + keepMs)),
  };
}

/** With the pauses of a drop that waits (`drop-worker.ts`), about ten minutes: what was begun goes on once its target is back. */
const mostAttempts = 16;

const passing: ReadonlySet<ErrorCode> = new Set([
  "unreachable",
  "connection-lost",
  "timeout",
  "state-in-use",
  "no-space",
]);

function mayPass(error: unknown): boolean {
  return error instanceof OpsError && passing.has(error.code);
}

/** Some backends give the fence up when the tombstone is back. What cannot be asked is asked again when the fence is due. */
async function isFenceLeft(held: HeldTarget, plan: FencePlan): Promise<boolean> {
  try {
    const { standing } = await held.standing(plan);
    return standing !== "intact" && standing !== "gone";
  } catch (error) {
    if (error instanceof OpsError) return true;
    throw error;
  }
}

/** The tombstone in the clear; null where there is none, or where the fence does without it. */
async function openTombstone(
  drop: Drop,
  { ports, target }: Run,
  isFenced: boolean,
  tell: (note: string) => void,
): Promise<(AsyncDisposable & { readonly folder: string }) | null> {
  const { tombstone } = drop;
  if (tombstone === null) return null;
  // Only what was proved says what the resource has to be equal to.
  if (isFenced && tombstone.provedAt === null) return null;
  const { identities } = target.policy.tombstone;
  // The fence is the resource itself: that nobody here can decrypt the copy must not keep it from coming back.
  if (isFenced && tombstone.isEncrypted && identities.length === 0) return null;
  try {
    // What somebody else put there is not given to pg_restore to find that out.
    await ports.tombstones.check(tombstone);
    return await ports.tombstones.openPlain(target.policy, tombstone.folder);
  } catch (error) {
    if (!isFenced || !(error instanceof OpsError)) throw error;
    tell(`its tombstone was not compared with: ${error.message}`);
    return null;
  }
}

function sourceOf(drop: Drop, folder: string | null, isFenced: boolean): UndoSource {
  const { tombstone } = drop;
  if (isFenced)
    return {
      kind: "fence",
      folder,
      ...(tombstone === null || tombstone.provedAt === null ? {} : { fingerprint: tombstone.fingerprint }),
    };
  if (folder !== null)
    return {
      kind: "tombstone",
      folder,
      ...(tombstone === null ? {} : { fingerprint: tombstone.fingerprint }),
    };
  throw new OpsError(
    "nothing-to-undo",
    `nothing is left of drop ${drop.dropId}: neither its fence nor a tombstone`,
    "restore it from a backup",
  );
}

async function noteWhole(drop: Drop, undoneId: string, { ports }: Run): Promise<void> {
  const { dropId, epoch, state, caller } = drop;
  const change = { undoneId, claim: "keep" } as const;
  const result = await tryStep(
    { dropId, epoch, from: [state], to: null, change, events: [], actor: caller },
    ports,
  );
  if (!result.moved) throw new TakenOver(result.drop);
}
