import { execute } from "./cli.ts";
import { exitCodes, InterruptedError } from "./errors.ts";
import type { ExitCode } from "./errors.ts";
import { cleanUpForced } from "./run/forced-exit.ts";
import type { Writer } from "./run/shell.ts";

const interruption = new AbortController();

/** Resolves when everything written so far has left the process, or its reader has gone. */
type Flush = () => Promise<void>;

/** The stream is opened at the first write: to touch it costs more than the rest of the start. */
function openWriter(
  open: () => NodeJS.WriteStream,
  onClosed: () => void,
): Writer & { readonly flush: Flush } {
  let opened: NodeJS.WriteStream | undefined;
  let isClosed = false;
  const stream = (): NodeJS.WriteStream => {
    if (opened !== undefined) return opened;
    opened = open();
    // A reader that went away (EPIPE) wants no more, and is told nothing.
    opened.on("error", () => {
      isClosed = true;
      onClosed();
    });
    return opened;
  };
  return {
    write: (text) => {
      if (!isClosed) stream().write(text);
    },
    get isTTY() {
      return stream().isTTY;
    },
    columns: () => stream().columns || 80,
    flush: () =>
      new Promise((resolve) => {
        if (isClosed || opened === undefined) return resolve();
        opened.once("error", () => resolve());
        opened.write("", () => resolve());
      }),
  };
}

function leaveAtOnce(code: ExitCode): never {
  cleanUpForced();
  process.exit(code);
}

function onSignal(): void {
  if (interruption.signal.aborted) leaveAtOnce(exitCodes.interrupted);
  interruption.abort(new InterruptedError());
}

function onBug(error: unknown): never {
  cleanUpForced();
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(
    `${stack}\ncustody: error: ${error instanceof Error ? error.message : String(error)}\n` +
      "custody: hint: this is a bug in custody: report it with the lines above (README, Reporting a bug)\n",
  );
  process.exit(exitCodes.bug);
}

async function main(): Promise<void> {
  if (process.argv[2] === "--version") {
    const { versionLine } = await import("./run/version.ts");
    console.log(versionLine);
    return;
  }
  process.on("uncaughtException", onBug);
  process.on("unhandledRejection", onBug);
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, onSignal);
  const stdout = openWriter(
    () => process.stdout,
    () => interruption.abort(new InterruptedError({ isQuiet: true })),
  );
  const stderr = openWriter(
    () => process.stderr,
    () => undefined,
  );
  const code = await execute(process.argv.slice(2), {
    env: process.env,
    cwd: process.cwd(),
    openStdin: () => process.stdin,
    stdout,
    stderr,
    signal: interruption.signal,
  });
  await Promise.all([stdout.flush(), stderr.flush()]);
  process.exit(code);
}

void main();
