// oxlint-disable-next-line no-restricted-imports -- signals to process groups exist nowhere else, nor does a user without an entry in passwd
import { geteuid, kill, pid } from "node:process";

/** Our own process. */
export const ownPid: number = pid;

/** Whose the files are that we write; null where the system has no such users. */
export const ownUid: number | null = geteuid?.() ?? null;

/** Sends a signal to a process that was started as the leader of a group of its own, and to all its children. */
export function signalGroup(leader: number, signal: NodeJS.Signals): void {
  send(-leader, signal);
}

/** Sends a signal to one process; one that is gone is no error. */
export function signalProcess(target: number, signal: NodeJS.Signals): void {
  send(target, signal);
}

/** Whether there is such a process, of whatever user. */
export function isRunning(target: number): boolean {
  try {
    kill(target, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function send(target: number, signal: NodeJS.Signals): void {
  try {
    kill(target, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
