import type { Observer } from "../run/execute.ts";
import type { LogLevel } from "../run/shell.ts";

/**
 * Facts as structured log lines on stderr: steps and notes at `info`, everything at `debug`. At the default level
 * nothing of a run is worth a line, and nothing is loaded.
 */
export async function createLog(level: LogLevel, write: (text: string) => void): Promise<Observer> {
  if (level !== "trace" && level !== "debug" && level !== "info") {
    return { event: () => undefined, ended: () => undefined };
  }
  const { pino } = await import("pino");
  const log = pino({ level, base: { name: "custody" } }, { write });
  return {
    event({ run, seq, event }) {
      const { type, ...facts } = event;
      const isMilestone = type === "noted" || type === "step-finished" || type === "step-failed";
      log[isMilestone ? "info" : "debug"]({ run, seq, ...facts }, type);
    },
    ended({ run, command, verdict, exitCode }) {
      log.info({ run: run.id, command, verdict, exit_code: exitCode, seconds: run.seconds }, "run-ended");
    },
  };
}
