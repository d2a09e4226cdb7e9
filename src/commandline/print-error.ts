import { InterruptedError } from "../errors.ts";
import { printable } from "../reporters/style.ts";
import type { ErrorDocument } from "../run/contract.ts";
import type { ProcessEdge } from "../run/shell.ts";
import { redactSecrets } from "./redact.ts";

/** The two lines of every error, on stderr; none when the run ended because nobody reads any more. */
export function printError(
  error: ErrorDocument,
  { stderr, signal }: Pick<ProcessEdge, "stderr" | "signal">,
): void {
  const reason: unknown = signal.reason;
  if (error.code === "interrupted" && reason instanceof InterruptedError && reason.isQuiet) return;
  stderr.write(`custody: error: ${oneLine(error.message)}\ncustody: hint: ${oneLine(error.hint)}\n`);
}

/** The document of a command that ended before its feature could make one. */
export function errorDocument(
  command: string,
  verdict: string,
  error: ErrorDocument,
): Readonly<Record<string, unknown>> {
  return {
    v: 1,
    command,
    verdict,
    error: { ...error, message: redactSecrets(error.message), hint: redactSecrets(error.hint) },
  };
}

/** It may quote what others wrote, such as a file that nobody known has signed: nothing in it steers the terminal. */
function oneLine(text: string): string {
  const line = redactSecrets(text)
    .trim()
    .replaceAll(/\s*[\r\n]+\s*/g, "; ");
  return printable(line, { color: false, unicode: true });
}
