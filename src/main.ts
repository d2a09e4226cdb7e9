import { execute } from "./cli.ts";
import { exitCodes, InterruptedError } from "./errors.ts";
import { cleanUpForced } from "./run/forced-exit.ts";
import { openProcessChannel, servingWord } from "./run/process-channel.ts";
import type { ProcessEdge, Writer } from "./run/shell.ts";
import { isCompiled } from "./run/version.ts";

const interruption = new AbortController();

interface EdgeWriter extends Writer {
  /** Resolves when everything written so far has left the process, or its reader has gone. */
  flush(): Promise<void>;
  /** What kept text from leaving (a full disk), but for a reader that went away; null when all of it left. */
  failure(): Error | null;
}

/** The stream is opened at the first write: to touch it costs more than the rest of the start. */
function openWriter(open: () => NodeJS.WriteStream, onClosed: () => void): EdgeWriter {
  let opened: NodeJS.WriteStream | undefined;
  let isClosed = false;
  let failed: Error | null = null;
  const fail = (error: Error): void => {
    if (!("code" in error) || error.code !== "EPIPE") failed ??= error;
  };
  // Of the last write: the callback of an empty one comes before those of the writes that it follows.
  let written = Promise.resolve();
  const stream = (): NodeJS.WriteStream => {
    if (opened !== undefined) return opened;
    opened = open();
    // A reader that went away (EPIPE) wants no more, and is told nothing.
    opened.on("error", (error) => {
      fail(error);
      isClosed = true;
      onClosed();
    });
    return opened;
  };
  return {
    write: (text) => {
      if (isClosed || text === "") return;
      written = new Promise((resolve) => {
        stream().write(text, (error) => {
          if (error) fail(error);
          resolve();
        });
      });
    },
    get isTTY() {
      return stream().isTTY;
    },
    columns: () => stream().columns || 80,
    flush: () => written,
    failure: () => failed,
  };
}

/** Those who take SIGHUP for themselves. */
const hangups = new Set<() => void>();

/** Whether a SIGHUP came while it was not known yet whether the command takes it; null: it is known. */
let hasEarlyHangup: boolean | null = false;

function onHangup(listener: () => void): Disposable {
  hangups.add(listener);
  return { [Symbol.dispose]: () => void hangups.delete(listener) };
}

function onBegun(): void {
  const isLate = hasEarlyHangup === true;
  hasEarlyHangup = null;
  if (isLate) onSignal("SIGHUP");
}

/** A second Ctrl-C leaves at once. Other signals may come twice by themselves (a shell repeats SIGHUP): once is enough. */
function onSignal(name: NodeJS.Signals): void {
  if (name === "SIGHUP" && hasEarlyHangup !== null) {
    hasEarlyHangup = true;
    return;
  }
  if (name === "SIGHUP" && hangups.size > 0) {
    for (const listener of hangups) listener();
    return;
  }
  if (interruption.signal.aborted && name === "SIGINT") {
    cleanUpForced();
    process.exit(exitCodes.interrupted);
  }
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

/** The database client would read this one by itself, and throws on values that libpq knows. */
function takeEnvironment(): Readonly<Record<string, string | undefined>> {
  const env = { ...process.env };
  delete process.env["PGTARGETSESSIONATTRS"];
  return env;
}

/** What follows the program that runs this one, ahead of the arguments of custody: of the binary nothing. */
function ownProgram(): ProcessEdge["program"] {
  const [, entry] = process.argv;
  const args = isCompiled || entry === undefined ? [] : [...process.execArgv, entry];
  return { file: process.execPath, args };
}

/** One of the processes of `custody proxy --processes`: the first tells it all, ends it, and hears what it has to say. */
async function serveListeners(): Promise<void> {
  if (!process.connected) {
    process.stderr.write(
      `custody: error: ${servingWord} is what custody starts by itself, and speaks to nobody else\n` +
        "custody: hint: run custody proxy --processes N\n",
    );
    process.exit(exitCodes.usage);
  }
  process.on("uncaughtException", onBug);
  process.on("unhandledRejection", onBug);
  // Signals that the whole group gets are the first's to hand on.
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => undefined);
  const { serveProcess } = await import("./proxy/adapters/processes/serve-process.ts");
  process.exit(await serveProcess(openProcessChannel(process), takeEnvironment()));
}

async function main(): Promise<void> {
  if (process.argv[2] === servingWord) return await serveListeners();
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
    env: takeEnvironment(),
    cwd: process.cwd(),
    openStdin: () => process.stdin,
    stdout,
    stderr,
    signal: interruption.signal,
    onHangup,
    onBegun,
    program: ownProgram(),
  });
  await Promise.race([Promise.all([stdout.flush(), stderr.flush()]), outOfPatience()]);
  const failure = stdout.failure();
  if (failure === null) process.exit(code);
  // Whoever reads only what was printed must not take half a document, or none, for the whole.
  process.stderr.write(
    `custody: error: standard output cannot be written: ${failure.message}\n` +
      "custody: hint: what was done is done; free space, or print to somewhere else (--report FORMAT=FILE)\n",
  );
  const isGood = code === exitCodes.good || code === exitCodes.interrupted;
  process.exit(isGood ? exitCodes.couldNotRun : code);
}

const patienceMs = 5000;

/** A reader may be as slow as it likes, until the user wants to leave: then one that takes nothing keeps nobody. */
async function outOfPatience(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const start = (): void => void setTimeout(resolve, patienceMs);
  if (interruption.signal.aborted) start();
  else interruption.signal.addEventListener("abort", start, { once: true });
  await promise;
}

void main();
