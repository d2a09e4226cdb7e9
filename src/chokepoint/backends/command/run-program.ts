import { userInfo } from "node:os";
import type { Readable } from "node:stream";
import { execa } from "execa";
import { InterruptedError, OpsError } from "../../../errors.ts";
import type { Environment } from "../../../postgres/connection-settings.ts";
import { chooseLauncher } from "../../../postgres/launcher.ts";
import { signalGroup } from "../../../postgres/process-group.ts";

export interface ProgramRun {
  /** Already filled; the first is the program. */
  readonly argv: readonly string[];
  readonly env: Environment;
  readonly dropId: string | null;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

export interface ProgramEnd {
  readonly exitCode: number;
  /** Up to the first line break, up to 1000 characters. */
  readonly firstLine: string;
}

const graceMs = 2000;
const longestLine = 1000;

/**
 * Runs a program without a shell, in a process group of its own, with PATH, HOME, LANG and CUSTODY_DROP_ID alone. At the deadline and when
 * the signal fires the whole group gets SIGTERM, then SIGKILL after 2 s; where the system has `setpriv` it also ends when custody dies.
 * What it prints is thrown away but for the first line of stdout: it may hold secrets, and no error repeats it. Throws `timeout`,
 * `tool-missing` and `InterruptedError`; whatever exit code it has is no exception, while a signal that ended it is `server-error`.
 */
export async function runProgram(run: ProgramRun): Promise<ProgramEnd> {
  const { argv, signal } = run;
  const [program = ""] = argv;
  if (signal.aborted) throw new InterruptedError();
  const { uid, gid, username } = userInfo();
  const user = { name: username, uid, gid, isOther: false };
  const { prefix } = await chooseLauncher(user, { isolateNetwork: false, mayOutlive: false });
  const [command = program, ...args] = [...prefix, ...argv];
  const child = execa(command, args, {
    env: environment(run),
    extendEnv: false,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
    buffer: false,
    reject: false,
    detached: true,
  });
  const { pid } = child;
  if (pid === undefined) throw missing(program, await child);
  const deadline = AbortSignal.timeout(run.deadlineMs);
  const release = endGroupOn(AbortSignal.any([signal, deadline]), pid, child.stdout);
  try {
    const [line, result] = await Promise.all([readFirstLine(child.stdout), child]);
    if (signal.aborted) throw new InterruptedError();
    if (deadline.aborted) throw late(program, run.deadlineMs);
    // What setpriv, env and shells answer where there is no such program, or it may not be run.
    if (result.exitCode === 127 || result.exitCode === 126) throw missing(program);
    if (result.exitCode === undefined)
      throw new OpsError(
        "server-error",
        `${program} was ended by ${result.signal ?? "a signal"}`,
        "see who ended it",
      );
    return { exitCode: result.exitCode, firstLine: line };
  } finally {
    release();
    // Children of what was told to end that do not.
    if (signal.aborted || deadline.aborted) signalGroup(pid, "SIGKILL");
  }
}

function environment({ env, dropId }: ProgramRun): Record<string, string> {
  const { PATH, HOME, LANG } = env;
  return {
    PATH: PATH || "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    ...(HOME ? { HOME } : {}),
    ...(LANG ? { LANG } : {}),
    ...(dropId === null ? {} : { CUSTODY_DROP_ID: dropId }),
  };
}

function endGroupOn(signal: AbortSignal, pid: number, stdout: Readable): () => void {
  let timer: NodeJS.Timeout | undefined;
  const end = (): void => {
    signalGroup(pid, "SIGTERM");
    timer = setTimeout(() => {
      signalGroup(pid, "SIGKILL");
      // Somebody outside of the group may keep the pipe open.
      stdout.destroy();
    }, graceMs);
  };
  signal.addEventListener("abort", end, { once: true });
  if (signal.aborted) end();
  return () => {
    signal.removeEventListener("abort", end);
    clearTimeout(timer);
  };
}

/** Reads all, so that nobody waits for a full pipe, and keeps the beginning. */
async function readFirstLine(stdout: Readable): Promise<string> {
  let kept = "";
  try {
    for await (const chunk of stdout) if (kept.length < longestLine) kept += String(chunk);
  } catch (error) {
    // Closed at the deadline, which is told as such.
    if (!stdout.destroyed) throw error;
  }
  return (kept.split(/\r?\n/, 1)[0] ?? "").slice(0, longestLine).trim();
}

function missing(program: string, cause?: unknown): OpsError {
  return new OpsError(
    "tool-missing",
    `${program} cannot be run`,
    "check that it is there, in PATH, and may be executed",
    {
      cause,
    },
  );
}

function late(program: string, deadlineMs: number): OpsError {
  return new OpsError(
    "timeout",
    `${program} did not end within ${deadlineMs / 1000} s`,
    "run it by hand to see what it waits for, or give the target a longer command.deadline",
    { isOutcomeUnknown: true },
  );
}
