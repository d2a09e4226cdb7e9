import type { Feature } from "../run/contract.ts";
import type { LockdownEvent, LockdownVerdict } from "./events.ts";
import type { LockdownInput } from "./input.ts";
import type { LockdownPorts } from "./ports.ts";
import { reportLockdown } from "./report.ts";
import { runLockdown } from "./run.ts";
import { initialLockdownState, reduceLockdown } from "./state.ts";
import type { LockdownState } from "./state.ts";

export const lockdown: Feature<LockdownInput, LockdownPorts, LockdownEvent, LockdownVerdict, LockdownState> =
  {
    command: "lockdown",
    run: runLockdown,
    initial: initialLockdownState,
    reduce: reduceLockdown,
    report: reportLockdown,
  };
