import { OpsError, InterruptedError } from "../../errors.ts";
import type { Shell } from "../../run/shell.ts";
import { escapeUnprintable } from "../../run/unprintable.ts";

interface Confirmation {
  /** What nobody can bring back, as a sentence. */
  readonly what: string;
  /** `HOST/NAME`. */
  readonly expected: string;
  /** The flag `--confirm`. */
  readonly given: string | undefined;
}

/**
 * What cannot be undone is said twice: by whoever types it at a terminal, or by `--confirm`. Throws `bad-usage` where it is not said, or
 * not right; nothing was asked of anybody by then.
 */
export async function confirm(
  { what, expected, given }: Confirmation,
  shell: Pick<Shell, "stdout" | "stderr" | "openStdin" | "signal">,
): Promise<void> {
  const typed = given ?? (await askFor(what, shell));
  if (typed === null) {
    throw new OpsError(
      "bad-usage",
      `${what}, and nobody is here to confirm it`,
      `say so: --confirm ${expected}`,
    );
  }
  if (typed.trim() === expected) return;
  throw new OpsError(
    "bad-usage",
    given === undefined ? "that is not what was to be confirmed" : `--confirm ${given} is not ${expected}`,
    "nothing was asked for; look twice at the target and the name",
  );
}

/** The line that was typed; null where no person is at the terminal. */
async function askFor(
  what: string,
  { stdout, stderr, openStdin, signal }: Pick<Shell, "stdout" | "stderr" | "openStdin" | "signal">,
): Promise<string | null> {
  if (!stdout.isTTY || !stderr.isTTY) return null;
  const stdin = openStdin();
  if (!stdin.isTTY) return null;
  stderr.write(`${escapeUnprintable(what)}.\nType its host and its name, as HOST/NAME, to go on: `);
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(new InterruptedError());
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([readLine(stdin), aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

async function readLine(input: AsyncIterable<Uint8Array>): Promise<string> {
  let line = "";
  for await (const chunk of input) {
    line += Buffer.from(chunk).toString("utf8");
    if (line.includes("\n")) break;
  }
  return line.split("\n", 1)[0] ?? "";
}
