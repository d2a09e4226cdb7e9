import type { AppendedEvent, NewEvent } from "../../audit/append-events.ts";
import { exitCodes } from "../../errors.ts";
import type { ExitCode } from "../../errors.ts";
import { conclude } from "../../run/conclude.ts";
import type { Feature, Outcome, Report, StepFact } from "../../run/contract.ts";
import { step } from "../../run/step.ts";

export interface AppendInput {
  readonly dbUrl: string;
  /** Null: the one schema that holds a chain. */
  readonly schema: string | null;
  readonly event: NewEvent;
}

export interface AppendPorts {
  /** Commits the event. Throws `bad-input` for what the chain refuses. */
  append(input: AppendInput): Promise<AppendedEvent>;
}

type AppendFact = StepFact | { readonly type: "event-appended"; readonly appended: AppendedEvent };
type AppendVerdict = "appended" | "not-run";

interface AppendState {
  readonly appended: AppendedEvent | null;
}

export const chainAppend: Feature<AppendInput, AppendPorts, AppendFact, AppendVerdict, AppendState> = {
  command: "chain append",
  async *run(input, ports) {
    const appended = yield* step("append", "Append the event", () => ports.append(input), {
      describe: ({ id }) => id,
    });
    yield { type: "event-appended", appended };
    if (appended.seq === null) {
      yield {
        type: "noted",
        message:
          "seq and row_hash are not known: the role may not read them, or the connection was lost by now",
      };
    }
    return "appended";
  },
  initial: () => ({ appended: null }),
  reduce: (state, event) => (event.type === "event-appended" ? { appended: event.appended } : state),
  report,
};

const verdictExitCodes: Readonly<Record<AppendVerdict, ExitCode>> = {
  appended: exitCodes.good,
  "not-run": exitCodes.couldNotRun,
};

function report({ appended }: AppendState, outcome: Outcome<AppendVerdict>): Report {
  const { head, document } = conclude("chain append", outcome, verdictExitCodes, "not-run");
  const seq = appended?.seq ?? null;
  return {
    ...head,
    document: document({
      id: appended?.id ?? null,
      seq: seq === null ? null : Number(seq),
      row_hash: appended?.rowHash ?? null,
    }),
    checks: [],
    metrics: [],
    summary:
      appended === null
        ? []
        : [
            {
              tone: "good",
              text: `APPENDED id=${appended.id} seq=${seq ?? "?"} row_hash=${appended.rowHash ?? "?"}`,
            },
          ],
  };
}
