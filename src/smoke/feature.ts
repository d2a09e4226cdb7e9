import type { Feature, SummaryLine } from "../run/contract.ts";
import type { SmokeEvent, SmokeVerdict } from "./events.ts";
import type { SmokeInput } from "./input.ts";
import type { SmokePorts } from "./ports.ts";
import { reportSmoke } from "./report.ts";
import { runSmoke } from "./run.ts";
import { initialSmokeState, reduceSmoke } from "./state.ts";
import type { SmokeState } from "./state.ts";

export const smoke: Feature<SmokeInput, SmokePorts, SmokeEvent, SmokeVerdict, SmokeState> = {
  command: "smoke",
  run: runSmoke,
  initial: initialSmokeState,
  reduce: reduceSmoke,
  report: reportSmoke,
  describe,
};

/** Steps and notes are shown without it; tools are what a reader asks for when two runs differ. */
function describe(event: SmokeEvent): SummaryLine | undefined {
  if (event.type !== "restore-error") return undefined;
  const { entry, message, isBenign } = event;
  return { tone: isBenign ? "dim" : "bad", text: `  ${entry}: ${message}` };
}
