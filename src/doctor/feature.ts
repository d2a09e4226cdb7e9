import type { Feature } from "../run/contract.ts";
import type { DoctorEvent, DoctorVerdict } from "./events.ts";
import type { DoctorInput } from "./input.ts";
import type { DoctorPorts } from "./ports.ts";
import { reportDoctor } from "./report.ts";
import { runDoctor } from "./run.ts";
import { initialDoctorState, reduceDoctor } from "./state.ts";
import type { DoctorState } from "./state.ts";

export const doctor: Feature<DoctorInput, DoctorPorts, DoctorEvent, DoctorVerdict, DoctorState> = {
  command: "doctor",
  run: runDoctor,
  initial: initialDoctorState,
  reduce: reduceDoctor,
  report: reportDoctor,
};
