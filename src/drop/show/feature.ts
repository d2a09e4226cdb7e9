import type { DropDocument, TimelineEntryDocument } from "../../chokepoint/documents/drop-document.ts";
import { exitCodes } from "../../errors.ts";
import { conclude } from "../../run/conclude.ts";
import type { Feature, Outcome, Report, StepFact, SummaryLine } from "../../run/contract.ts";
import { step } from "../../run/step.ts";
import { alignColumns } from "../align-columns.ts";
import { concludeDrop, describeDrop, nextStep } from "../describe-drop.ts";
import type { DropApi } from "../ports.ts";

type Shown = DropDocument & { readonly timeline: readonly TimelineEntryDocument[] };
type ShowFact = StepFact | { readonly type: "drop-shown"; readonly drop: Shown };
type ShowVerdict = "shown" | "not-run";

interface ShowState {
  readonly drop: Shown | null;
}

export const dropShow: Feature<
  { readonly dropId: string },
  Pick<DropApi, "show">,
  ShowFact,
  ShowVerdict,
  ShowState
> = {
  command: "drop show",
  async *run({ dropId }, api) {
    const drop = yield* step("show", "Ask for the drop", () => api.show(dropId), {
      describe: ({ state }) => state,
    });
    yield { type: "drop-shown", drop };
    return "shown";
  },
  initial: () => ({ drop: null }),
  reduce: (state, event) => (event.type === "drop-shown" ? { drop: event.drop } : state),
  report,
};

function report({ drop }: ShowState, outcome: Outcome<ShowVerdict>): Report {
  const codes = { shown: exitCodes.good, "not-run": exitCodes.couldNotRun };
  const { head, document } = conclude("drop show", outcome, codes, "not-run");
  return {
    ...head,
    document: document({ drop }),
    checks: [],
    metrics: [],
    summary: drop === null ? [] : summarise(drop),
  };
}

function summarise(drop: Shown): readonly SummaryLine[] {
  const next = nextStep(drop);
  const events = alignColumns([
    ["SEQ", "AT", "EVENT", "BY"],
    ...drop.timeline.map((entry) => [String(entry.seq), entry.at, entry.action, whoOf(entry)]),
  ]);
  return [
    ...describeDrop(drop),
    { tone: "plain", text: "" },
    ...events.map((text, index): SummaryLine => ({ tone: index === 0 ? "dim" : "plain", text })),
    { tone: "plain", text: "" },
    ...(next === null ? [] : [{ tone: "strong", text: `next: ${next}` } as const]),
    concludeDrop(drop),
  ];
}

/** Whose word it was, and what they said to it. */
function whoOf({ actor, details }: TimelineEntryDocument): string {
  const comment = details["comment"];
  return typeof comment === "string" && comment !== "" ? `${actor} (${comment})` : actor;
}
