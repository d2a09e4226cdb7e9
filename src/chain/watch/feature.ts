import type { Feature } from "../../run/contract.ts";
import { describeWatch, liveWatch, severityOf } from "./describe.ts";
import type { WatchEvent, WatchOutcome } from "./events.ts";
import type { WatchInput } from "./input.ts";
import type { WatchPorts } from "./ports.ts";
import { reportWatch } from "./report.ts";
import { runWatch } from "./run.ts";
import { initialWatchState, reduceWatch } from "./state.ts";
import type { WatchState } from "./state.ts";

export const chainWatch: Feature<WatchInput, WatchPorts, WatchEvent, WatchOutcome, WatchState> = {
  command: "chain watch",
  isLasting: true,
  run: runWatch,
  initial: initialWatchState,
  reduce: reduceWatch,
  report: reportWatch,
  describe: describeWatch,
  severity: severityOf,
  live: liveWatch,
};
