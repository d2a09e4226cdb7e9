import { randomUUID } from "node:crypto";
import { availableParallelism } from "node:os";
import type { Chokepoint } from "../../chokepoint/api.ts";
import { createTerminality } from "../../chokepoint/ask-platform.ts";
import { openChokepoint } from "../../chokepoint/chokepoint.ts";
import type { DropMetrics } from "../../chokepoint/faces.ts";
import { withFailpoints } from "../../chokepoint/failpoints.ts";
import type { Breakers, Target } from "../../chokepoint/ports.ts";
import type { Rounds } from "../../chokepoint/reconcile/rounds.ts";
import { openTombstoneFiles } from "../../chokepoint/tombstone-files.ts";
import { showBug } from "../../run/show-bug.ts";
import type { Starting } from "./start-proxy.ts";
import { stopAt } from "./stop-at.ts";

interface Parts {
  readonly targets: ReadonlyMap<string, Target>;
  readonly breakers: Breakers;
  readonly rounds: Rounds;
  readonly metrics: Pick<DropMetrics, "contradicted">;
}

/** The chokepoint over the real ledger, targets and tombstones. It ends where it stands before those are closed. */
export function openDecider(
  { opened, queue, options, drain, stop, stack }: Starting,
  { targets, breakers, rounds, metrics }: Parts,
): Chokepoint {
  const { env } = options;
  const ports = {
    targets,
    ledger: opened.ledger,
    tombstones: openTombstoneFiles({ env }),
    terminality: createTerminality(env),
    breakers,
    now: () => new Date(),
    newDropId: () => randomUUID(),
  };
  const failpoint = Number.parseInt(env["CUSTODY_FAILPOINT"] ?? "", 10);
  const chokepoint = openChokepoint(
    Number.isNaN(failpoint)
      ? ports
      : withFailpoints(ports, stopAt(failpoint, env["CUSTODY_FAILPOINT_UNTIL"] ?? null)),
    {
      stop: stop.signal,
      drain: drain.signal,
      tombstonesAtOnce: Math.max(1, Math.floor(availableParallelism() / 2)),
      pollMs: 1000,
      rounds,
      warn: (message) => queue.tell({ type: "noted", message }),
      onContradicted(message) {
        metrics.contradicted();
        queue.tell({ type: "alarm", what: "chain contradicts", message });
      },
      // One drop stands still; the others, and the answers to everybody else, go on.
      onBug: (error) => queue.tell({ type: "alarm", what: "a bug in custody", message: showBug(error) }),
    },
  );
  stack.defer(async () => {
    stop.abort();
    await chokepoint.done;
  });
  return chokepoint;
}
