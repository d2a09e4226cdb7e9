import { undecided } from "../decide/refusal.ts";
import type { Drop, Refusal } from "../drop.ts";
import type { StepResult, Target } from "../ports.ts";
import { tryStep } from "../record-step.ts";
import type { RefusalLog } from "./refusal-log.ts";
import type { StatementAnswer } from "./statement.ts";
import { statementFacts } from "./statement-details.ts";
import type { StatementLease } from "./statement-lease.ts";
import type { StatementPorts } from "./statement-ports.ts";

export interface Deciding extends StatementPorts {
  readonly refusals: Pick<RefusalLog, "isSingle">;
  /** A statement that was let through: who keeps its row until it has ended, and records how. */
  readonly started: (drop: Drop, lease: StatementLease) => StatementAnswer;
}

/** `requested` or `approved` → `started`. What people have approved is not counted: it was looked at. */
export async function startStatement(
  drop: Drop,
  { policy }: Target,
  ports: StatementPorts,
): Promise<StepResult> {
  const isApproved = drop.state === "approved";
  const { identity } = drop;
  return await tryStep(
    {
      dropId: drop.dropId,
      epoch: drop.epoch,
      from: [drop.state],
      to: "started",
      change: { startedAt: ports.now(), claim: "keep" },
      events: [{ action: "drop.started", details: statementFacts(drop) }],
      actor: drop.caller,
      guard: {
        identity: (identity?.parts ?? []).map(
          ({ part, id }) => `${identity?.systemIdentifier ?? ""}/${part}:${id}`,
        ),
        ...(isApproved ? {} : { volume: policy.breaker.volume }),
      },
    },
    ports,
  );
}

export function rival(dropId: string): Refusal {
  return undecided("identity", `drop ${dropId} is about it, and has it: see custody drop show ${dropId}`);
}

/** The answer of a row that has ended without being let through. */
export function refusedRow(drop: Drop): StatementAnswer {
  const { state } = drop;
  const isEnd = state === "denied" || state === "expired" || state === "cancelled";
  return {
    kind: "refused",
    dropId: drop.dropId,
    record: "row",
    state: isEnd ? state : "refused",
    refusal: drop.refusal ?? undecided("policy", wordsFor(drop)),
  };
}

function wordsFor({ state }: Drop): string {
  switch (state) {
    case "denied":
      return "it was denied";
    case "expired":
      return "nobody approved it in time";
    case "cancelled":
      return "it was cancelled";
    default:
      return `another instance of custody has it: it is ${state}`;
  }
}
