import { InterruptedError } from "../errors.ts";
import { createSlots } from "../run/slots.ts";
import type { Drop } from "./drop.ts";
import { guardedDrop } from "./guarded-drop.ts";
import type { ChokepointPorts } from "./ports.ts";
import { TakenOver } from "./record-step.ts";

/** The drops that this instance works on. */
export interface DropRuns {
  /** Goes on with a drop that this instance holds; resolves once there is an answer for who asked, and goes on by itself. */
  start(drop: Drop): Promise<Drop>;
  isRunning(dropId: string): boolean;
  /** Waits until nothing runs any more: after `stop`. */
  settled(): Promise<void>;
}

interface Options {
  readonly stop: AbortSignal;
  /** How many tombstones are made or proved at a time. */
  readonly tombstonesAtOnce: number;
  /** A drop stopped where it was: told once, and gone on with later. */
  readonly onStopped: (dropId: string, error: unknown) => void;
}

export function createDropRuns(
  ports: ChokepointPorts,
  { stop, tombstonesAtOnce, onStopped }: Options,
): DropRuns {
  const running = new Map<string, Promise<unknown>>();
  const slots = createSlots(tombstonesAtOnce);
  return {
    start(drop) {
      const { promise: answer, resolve, reject } = Promise.withResolvers<Drop>();
      const moved = (current: Drop): void => {
        if (isAnswer(current, ports)) resolve(current);
      };
      const run = guardedDrop(drop, ports, { moved, turn: (signal) => slots.take(signal), stop })
        .then(resolve, (error: unknown) => {
          if (error instanceof TakenOver) return resolve(error.drop);
          reject(error);
          if (!(error instanceof InterruptedError)) onStopped(drop.dropId, error);
        })
        .finally(() => {
          if (running.get(drop.dropId) === run) running.delete(drop.dropId);
        });
      running.set(drop.dropId, run);
      return answer;
    },
    isRunning: (dropId) => running.has(dropId),
    async settled() {
      await Promise.allSettled(running.values());
    },
  };
}

/** Whether who asked can be told: it was decided, and is fenced where it was allowed. What comes after takes its time. */
function isAnswer(drop: Drop, { targets }: ChokepointPorts): boolean {
  switch (drop.state) {
    case "requested":
    case "approved":
    case "undo_started":
    case "purge_started":
      return false;
    case "started": {
      const target = targets.get(drop.request.target);
      return target !== undefined && !target.backend.hasFence && drop.plan?.terms.mode !== "off";
    }
    default:
      return true;
  }
}
