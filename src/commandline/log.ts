import type { Fact } from "../run/contract.ts";
import type { Observer } from "../run/execute.ts";
import type { LogLevel } from "../run/shell.ts";

/**
 * Facts as structured log lines on stderr. Those that a feature calls grave are logged at their level; steps and notes at
 * `info`, everything at `debug`. Where nothing of a run is worth a line at the given level, nothing is loaded.
 */
export async function createLog(
  level: LogLevel,
  write: (text: string) => void,
  severity?: (event: Fact) => "info" | "warn" | "error" | undefined,
): Promise<Observer> {
  const isVerbose = level === "trace" || level === "debug" || level === "info";
  if (!isVerbose && (severity === undefined || level === "silent")) {
    return { event: () => undefined, ended: () => undefined };
  }
  const { pino } = await import("pino");
  const log = pino({ level, base: { name: "custody" } }, { write });
  return {
    event({ run, seq, event }) {
      const { type, ...facts } = event;
      const isMilestone = type === "noted" || type === "step-finished" || type === "step-failed";
      log[severity?.(event) ?? (isMilestone ? "info" : "debug")]({ run, seq, ...facts }, type);
    },
    ended({ run, command, verdict, exitCode }) {
      log.info({ run: run.id, command, verdict, exit_code: exitCode, seconds: run.seconds }, "run-ended");
    },
  };
}
