import { InterruptedError, OpsError } from "../../errors.ts";
import type { Drop } from "../drop.ts";
import { recordStep, TakenOver, tryStep } from "../record-step.ts";
import { tellFailure } from "./run.ts";
import type { Run } from "./run.ts";

/**
 * How often a step is tried before the tombstone counts as unproved. Between two tries the drop waits as all that stopped does, a second
 * at first and a minute in the end (`drop-worker.ts`); the fence stands meanwhile. A disk that is full waits for somebody: about an hour.
 */
const mostAttempts = 5;
const mostAttemptsOnFullDisk = 64;
/** A folder that is not mounted may come back: about two minutes. */
const mostAttemptsOnNoFile = 8;

function attemptsFor(error: unknown): number {
  if (!(error instanceof OpsError)) return mostAttempts;
  if (error.code === "no-space") return mostAttemptsOnFullDisk;
  return error.code === "file-unreadable" ? mostAttemptsOnNoFile : mostAttempts;
}

/**
 * What may pass is counted and thrown on, so that it is told and tried again after a pause. What does not is `unproved`: never purged,
 * never unfenced, and an alarm.
 */
export async function orUnproved(drop: Drop, run: Run, work: () => Promise<Drop>): Promise<Drop> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TakenOver || error instanceof InterruptedError || run.signal.aborted) throw error;
    const why = tellFailure(error);
    await run.letGo();
    if (drop.attempts + 1 >= attemptsFor(error)) return await unproved(drop, why, run);
    await countAttempt(drop, why, run);
    throw error;
  }
}

/** One more try, and why; the state stays. Throws `TakenOver`. */
export async function countAttempt(drop: Drop, error: string, { ports }: Run): Promise<void> {
  const result = await tryStep(
    {
      dropId: drop.dropId,
      epoch: drop.epoch,
      from: [drop.state],
      to: null,
      change: { attempts: drop.attempts + 1, error, claim: "keep" },
      events: [],
      actor: drop.caller,
    },
    ports,
  );
  if (!result.moved) throw new TakenOver(result.drop);
}

export async function unproved(drop: Drop, error: string, { ports }: Run): Promise<Drop> {
  return await recordStep(
    drop,
    {
      to: "unproved",
      change: { error, finishedAt: ports.now(), claim: "release" },
      event: { action: "drop.unproved", details: { error } },
    },
    ports,
  );
}
