import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

const main = join(import.meta.dirname, "../../src/main.ts");

/** A fact in its envelope, or the document at the end. */
export interface OutputLine extends Readonly<Record<string, unknown>> {
  readonly event?: Readonly<Record<string, unknown>>;
}

/** A witness in a process of its own. */
export interface WitnessProcess {
  readonly child: ChildProcess;
  readonly url: string;
  readonly stderr: () => string;
  /** Its lines of JSON so far. */
  readonly lines: readonly OutputLine[];
  /** Resolves with its exit code, null when it was killed. */
  readonly ended: Promise<number | null>;
}

/** Starts `custody chain witness --output jsonl`, begun in a `--state` that holds no witness, and waits until it listens. */
export async function startWitnessProcess(
  cwd: string,
  args: readonly string[],
  program: readonly string[] = [process.execPath, main],
): Promise<WitnessProcess> {
  const [command = "", ...before] = program;
  const state = resolve(cwd, args[args.indexOf("--state") + 1] ?? "");
  const begin = existsSync(join(state, "witness.pub")) ? [] : ["--begin"];
  const child = spawn(
    command,
    [...before, "chain", "witness", "--output", "jsonl", "--listen", "127.0.0.1:0", ...begin, ...args],
    {
      cwd,
      env: { PATH: process.env["PATH"] ?? "", HOME: cwd, LANG: "C.UTF-8" },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const lines: OutputLine[] = [];
  const started = Promise.withResolvers<string>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    const parsed = JSON.parse(line) as OutputLine;
    lines.push(parsed);
    if (parsed.event?.type === "witness-started") started.resolve(String(parsed.event["url"]));
  });
  const ended = once(child, "close").then(([code]) => code as number | null);
  void ended.then(() => started.reject(new Error(`the witness did not start: ${stderr}`)));
  return { child, url: await started.promise, stderr: () => stderr, lines, ended };
}
