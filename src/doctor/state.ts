import type { Diagnosis, DoctorEvent } from "./events.ts";
import type { DatabaseExamination, FoundInstallation, FoundServer, ScratchTrial } from "./ports.ts";

/** What a viewer knows of a run. */
export interface DoctorState {
  readonly installations: readonly FoundInstallation[];
  readonly servers: readonly FoundServer[];
  readonly scratch: ScratchTrial | null;
  readonly database: DatabaseExamination | null;
  readonly diagnoses: readonly Diagnosis[];
}

export function initialDoctorState(): DoctorState {
  return { installations: [], servers: [], scratch: null, database: null, diagnoses: [] };
}

export function reduceDoctor(state: DoctorState, event: DoctorEvent): DoctorState {
  switch (event.type) {
    case "installations-found":
      return { ...state, installations: event.installations };
    case "servers-found":
      return { ...state, servers: event.servers };
    case "scratch-tried":
      return { ...state, scratch: event.trial };
    case "database-examined":
      return { ...state, database: event.database };
    case "diagnosed":
      return { ...state, diagnoses: [...state.diagnoses, event.diagnosis] };
    case "step-started":
    case "step-progressed":
    case "step-finished":
    case "step-failed":
    case "noted":
      return state;
  }
}
