import type { Feature } from "../../run/contract.ts";
import type { VerifyEvent, VerifyVerdict } from "./events.ts";
import type { VerifyInput } from "./input.ts";
import type { VerifyPorts } from "./ports.ts";
import { reportVerify } from "./report.ts";
import { runVerify } from "./run.ts";
import { initialVerifyState, reduceVerify } from "./state.ts";
import type { VerifyState } from "./state.ts";

export const chainVerify: Feature<VerifyInput, VerifyPorts, VerifyEvent, VerifyVerdict, VerifyState> = {
  command: "chain verify",
  run: runVerify,
  initial: initialVerifyState,
  reduce: reduceVerify,
  report: reportVerify,
};
