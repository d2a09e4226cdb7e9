import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { Environment } from "../../../postgres/settings.ts";
import { openProcessChannel, servingWord } from "../../../run/process-channel.ts";
import type { ProcessChannel } from "../../../run/process-channel.ts";
import type { ProcessEdge } from "../../../run/shell.ts";
import type { FromServing, ToServing } from "./messages.ts";

/** A process that serves listeners, which was told nothing yet. */
export interface StartedProcess {
  readonly pid: number;
  readonly channel: ProcessChannel<FromServing, ToServing>;
  /** It then ends by itself: nobody tells it anything any more. */
  readonly disconnect: () => void;
  /** Without asking. */
  readonly kill: () => void;
  /** Code or signal, once all that it wrote was told. Never rejects. */
  readonly ended: Promise<string>;
}

/** Starts this very program again. It has no terminal: what it writes is told to `line`. */
export function startProcess(
  program: ProcessEdge["program"],
  { env, line }: { readonly env: Environment; readonly line: (text: string) => void },
): StartedProcess {
  const child = spawn(program.file, [...program.args, servingWord], {
    env: { ...env },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    serialization: "advanced",
  });
  const { promise: ended, resolve } = Promise.withResolvers<string>();
  child.on("error", (error) => resolve(error.message));
  child.on("close", (code, signal) => resolve(signal === null ? `exit code ${code}` : signal));
  const { stdout, stderr } = child;
  for (const stream of [stdout, stderr]) if (stream !== null) readLinesOf(stream, line);
  return {
    pid: child.pid ?? 0,
    channel: openProcessChannel(child),
    disconnect() {
      if (child.connected) child.disconnect();
    },
    kill: () => void child.kill("SIGKILL"),
    ended,
  };
}

function readLinesOf(stream: Readable, line: (text: string) => void): void {
  createInterface({ input: stream }).on("line", line);
}
