import type { Feature } from "../run/contract.ts";
import type { ScanEvent, ScanVerdict } from "./events.ts";
import type { ScanInput } from "./input.ts";
import type { ScanPorts } from "./ports.ts";
import { reportScan } from "./report.ts";
import { runScan } from "./run.ts";
import { initialScanState, reduceScan, resultOf } from "./state.ts";
import type { ScanState } from "./state.ts";

export const scan: Feature<ScanInput, ScanPorts, ScanEvent, ScanVerdict, ScanState> = {
  command: "scan",
  run: runScan,
  initial: initialScanState,
  reduce: reduceScan,
  report: (state, outcome) => reportScan(resultOf(state), outcome, state.input.policy),
};
