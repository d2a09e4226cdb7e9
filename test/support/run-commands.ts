import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CommandEntry } from "../../src/commandline/command-list.ts";
import { runCommandLine } from "../../src/commandline/run-command-line.ts";
import { defineCommand } from "../../src/run/command.ts";
import type { ProcessEdge } from "../../src/run/shell.ts";
import { exampleFeature } from "./example-feature.ts";

/** What a command line printed, and what it ended with. */
export interface Told {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly released: number;
}

interface EdgeOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly isTTY?: boolean;
  readonly columns?: number;
  /** A run that waits is interrupted when this was printed; else at once. */
  readonly interruptAt?: string;
}

/** A folder of the test's own, with a state folder below it; gone when disposed. */
export function temporaryFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "custody-test-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** Runs a command line in this process, against the example feature, and returns all that it printed. */
export async function runCommands(args: readonly string[], options: EdgeOptions = {}): Promise<Told> {
  using folder = temporaryFolder();
  const printed = { stdout: "", stderr: "" };
  const interruption = new AbortController();
  const writer = (name: "stdout" | "stderr") => ({
    write: (text: string) => {
      printed[name] += text;
      if (options.interruptAt !== undefined && text.includes(options.interruptAt)) interruption.abort();
    },
    isTTY: options.isTTY ?? false,
    columns: () => options.columns ?? 80,
  });
  const edge: ProcessEdge = {
    env: { LANG: "C.UTF-8", HOME: folder.path, ...options.env },
    cwd: options.cwd ?? folder.path,
    openStdin: () => {
      throw new Error("no test reads standard input here");
    },
    stdout: writer("stdout"),
    stderr: writer("stderr"),
    signal: interruption.signal,
    onHangup: () => ({ [Symbol.dispose]: () => undefined }),
    onBegun: () => undefined,
    program: { file: "/nowhere/custody", args: [] },
  };
  let released = 0;
  const code = await runCommandLine(
    exampleCommands(
      () => (released += 1),
      () => {
        if (options.interruptAt === undefined) queueMicrotask(() => interruption.abort());
      },
    ),
    args,
    edge,
  );
  return { code, ...printed, released };
}

const mustBeGiven = { type: "string", required: true, describe: "A name" } as const;

function exampleCommands(onReleased: () => void, onWaiting: () => void): readonly CommandEntry[] {
  const command = defineCommand({
    flags: {
      ending: {
        type: "string",
        choices: ["good", "bad", "not-run", "refused", "bug", "waits"],
        default: "good",
        describe: "How to end",
      },
      rows: { type: "number", describe: "A number" },
      durable: { type: "boolean", describe: "A boolean" },
      tag: { type: "string", repeatable: true, describe: "A list" },
    },
    positionals: { thing: { describe: "A word" } },
    handler: (argv, shell) =>
      shell.run(exampleFeature, { ending: argv.ending }, { released: onReleased, waiting: onWaiting }),
  });
  return [
    { name: "example", aliases: ["sample"], describe: "Run the example", load: async () => ({ command }) },
    {
      name: "group one",
      describe: "The first of a group",
      load: async () => ({
        command: { ...command, flags: { ...command.flags, name: mustBeGiven }, speaks: ["human", "json"] },
      }),
    },
  ];
}
