import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { execa } from "execa";
import { InterruptedError, OpsError } from "../errors.ts";
import { clientCodeOf } from "./explain-error.ts";
import type { Installation, Tool } from "./installations.ts";
import { libpqEnvironment } from "./libpq-environment.ts";
import type { ApplicationName } from "./session-parameters.ts";
import type { LibpqEnvironment } from "./libpq-environment.ts";
import { signalGroup } from "./process-group.ts";
import type { ConnectionSettings, Environment } from "./connection-settings.ts";
import { collectLines } from "./stderr-lines.ts";

export interface ToolRun {
  readonly installation: Installation;
  readonly tool: Tool;
  readonly args: readonly string[];
  /** The server that the tool finds without being told on its command line. */
  readonly settings?: ConnectionSettings;
  /** Shown in pg_stat_activity; the tool's own name when left out. */
  readonly applicationName?: ApplicationName;
  /** In place of the settings' database. */
  readonly database?: string;
  /** Server settings for the tool's sessions (PGOPTIONS). */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Only PATH, HOME and TMPDIR are taken from it. */
  readonly env?: Environment;
  readonly stdin?: AsyncIterable<Uint8Array>;
  /** `ignore`: what the tool writes is thrown away; otherwise `stdout` must be read, since the tool waits for its reader. */
  readonly stdout?: "stream" | "ignore";
  readonly onStderrLine?: (line: string) => void;
  readonly signal?: AbortSignal;
}

export interface ToolEnd {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly endedBy: string | null;
  /** The first and the last lines, in order; what lies between in a long output is left out. */
  readonly stderr: readonly string[];
}

export interface RunningTool extends AsyncDisposable {
  /** Bytes as the tool writes them; it waits while the reader does. Ends with the tool; empty with `stdout: "ignore"`. */
  readonly stdout: AsyncIterable<Uint8Array>;
  /**
   * How it ended, once it is gone and everything made for it is removed. Whatever exit code it has is no exception;
   * rejects with `InterruptedError` when the signal fired, and with the error of `stdin` when that failed.
   */
  readonly done: Promise<ToolEnd>;
}

const graceMs = 2000;

/**
 * Starts a PostgreSQL program: no shell, an environment of its own, in a process group of its own. When the signal fires
 * or the tool is disposed, the group gets SIGTERM, then SIGKILL after 2 s.
 */
export function startTool(run: ToolRun): RunningTool {
  const stop = new AbortController();
  const started = start(
    run,
    run.signal === undefined ? stop.signal : AbortSignal.any([run.signal, stop.signal]),
  );
  const done = started.then(({ end }) => end);
  done.catch(() => undefined);
  return {
    stdout: readWhenStarted(started, run.signal),
    done,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await done.catch(() => undefined);
    },
  };
}

interface Started {
  readonly stdout: Readable | undefined;
  readonly end: Promise<ToolEnd>;
}

async function* readWhenStarted(
  started: Promise<Started>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { stdout } = await started;
  if (stdout === undefined) return;
  try {
    yield* stdout;
  } catch (error) {
    // The pipe was closed on purpose.
    throw signal?.aborted ? new InterruptedError() : error;
  }
}

async function start(run: ToolRun, signal: AbortSignal): Promise<Started> {
  if (signal.aborted) throw new InterruptedError();
  const env = run.env ?? {};
  const libpq =
    run.settings === undefined
      ? undefined
      : await libpqEnvironment(run.settings, {
          env,
          applicationName: run.applicationName ?? run.tool,
          ...(run.database === undefined ? {} : { database: run.database }),
          ...(run.parameters === undefined ? {} : { parameters: run.parameters }),
        });
  const child = spawn(run, { ...baseVariables(run.installation, env), ...libpq?.variables });
  if (child.pid === undefined) {
    const failure = await child;
    await libpq?.[Symbol.asyncDispose]();
    throw notStarted(run, failure);
  }
  const end = settle(child, run, signal, libpq);
  end.catch(() => undefined);
  return { stdout: child.stdout ?? undefined, end };
}

function spawn(run: ToolRun, variables: Record<string, string>) {
  return execa(join(run.installation.binDir, run.tool), [...run.args], {
    env: variables,
    extendEnv: false,
    stdin: run.stdin === undefined ? "ignore" : "pipe",
    stdout: run.stdout === "ignore" ? "ignore" : "pipe",
    stderr: "pipe",
    buffer: false,
    reject: false,
    detached: true,
  });
}

type Child = ReturnType<typeof spawn>;

async function settle(
  child: Child,
  run: ToolRun,
  signal: AbortSignal,
  libpq: LibpqEnvironment | undefined,
): Promise<ToolEnd> {
  const release = killOnAbort(child, signal);
  const stderr = collectLines(child.stderr, run.onStderrLine);
  const input = feed(child, run.stdin);
  try {
    const result = await child;
    const failure = await input;
    if (signal.aborted) throw new InterruptedError();
    if (failure !== undefined) throw failure;
    return { exitCode: result.exitCode ?? null, endedBy: result.signal ?? null, stderr: await stderr };
  } finally {
    release();
    await libpq?.[Symbol.asyncDispose]();
  }
}

function killOnAbort(child: Child, signal: AbortSignal): () => void {
  let timer: NodeJS.Timeout | undefined;
  const abort = (): void => {
    const { pid } = child;
    if (pid === undefined) return;
    signalGroup(pid, "SIGTERM");
    timer = setTimeout(() => signalGroup(pid, "SIGKILL"), graceMs);
    // Nobody reads on; without this a tool that waits for its reader would never see the end of its pipe.
    child.stdout?.destroy();
  };
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  return () => {
    signal.removeEventListener("abort", abort);
    clearTimeout(timer);
  };
}

/** Writes the input; resolves with the error of its source, after ending the tool. A tool that stops reading is no error. */
async function feed(child: Child, input: AsyncIterable<Uint8Array> | undefined): Promise<Error | undefined> {
  const { stdin, pid } = child;
  if (input === undefined || stdin === null || stdin === undefined) return undefined;
  try {
    await pipeline(Readable.from(input, { objectMode: true }), stdin);
    return undefined;
  } catch (error) {
    if (clientCodeOf(error) === "EPIPE" || clientCodeOf(error) === "ERR_STREAM_PREMATURE_CLOSE")
      return undefined;
    if (pid !== undefined) signalGroup(pid, "SIGTERM");
    return error instanceof Error ? error : new Error(String(error));
  }
}

function baseVariables(installation: Installation, env: Environment): Record<string, string> {
  return {
    PATH: env["PATH"] || `${installation.binDir}:/usr/local/bin:/usr/bin:/bin`,
    ...(env["HOME"] ? { HOME: env["HOME"] } : {}),
    TMPDIR: env["TMPDIR"] || tmpdir(),
    LC_ALL: "C",
    TZ: "UTC",
  };
}

function notStarted(run: ToolRun, cause: unknown): OpsError {
  return new OpsError(
    "tool-missing",
    `cannot run ${join(run.installation.binDir, run.tool)}`,
    "check that the file is there and may be executed",
    { cause },
  );
}

/** For output that is known to be small: everything that the tool wrote, as text, with how it ended. */
export async function runTool(run: ToolRun): Promise<ToolEnd & { readonly stdout: string }> {
  await using tool = startTool(run);
  const chunks: Uint8Array[] = [];
  for await (const chunk of tool.stdout) chunks.push(chunk);
  return { ...(await tool.done), stdout: Buffer.concat(chunks).toString("utf8") };
}
