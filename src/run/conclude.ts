import type { ExitCode } from "../errors.ts";
import type { Outcome, Report } from "./contract.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What every report says alike of how its run ended. */
interface Conclusion<Verdict> {
  readonly verdict: Verdict;
  /** The first fields of the report. */
  readonly head: Pick<Report, "command" | "verdict" | "exitCode" | "error">;
  /** The document of these fields, behind those that every document begins with: v, command, verdict, error. */
  readonly document: (fields: Fields) => Fields;
}

/** Concludes a run: a verdict has its exit code, an error brings its own, and then the verdict is `notRun`. */
export function conclude<Verdict extends string>(
  command: string,
  outcome: Outcome<Verdict>,
  exitCodes: Readonly<Record<Verdict, ExitCode>>,
  notRun: Verdict,
): Conclusion<Verdict> {
  const isError = outcome.kind === "error";
  const verdict = isError ? notRun : outcome.verdict;
  const error = isError ? outcome.error : null;
  return {
    verdict,
    head: { command, verdict, exitCode: isError ? outcome.exitCode : exitCodes[outcome.verdict], error },
    document: (fields) => ({ v: 1, command, verdict, error, ...fields }),
  };
}
