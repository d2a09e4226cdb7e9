import { execute } from "../../src/cli.ts";
import type { ConnectionSettings } from "../../src/postgres/settings.ts";
import type { ProcessEdge } from "../../src/run/shell.ts";
import { temporaryFolder } from "./run-commands.ts";

/** What a command line printed, and what it ended with. */
export interface Told {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line of custody's in this process, with nothing in its environment, in a folder of its own or in `cwd`. */
export async function custody(
  args: readonly string[],
  stdin: string | Uint8Array = "",
  cwd?: string,
): Promise<Told> {
  using folder = temporaryFolder();
  const told = { stdout: "", stderr: "" };
  const writer = (name: "stdout" | "stderr") => ({
    write: (text: string) => {
      told[name] += text;
    },
    isTTY: false,
    columns: () => 100,
  });
  const edge: ProcessEdge = {
    env: { LANG: "C.UTF-8", HOME: folder.path },
    cwd: cwd ?? folder.path,
    openStdin: () =>
      Object.assign(
        (async function* () {
          yield Buffer.from(stdin);
        })(),
        { isTTY: false },
      ),
    stdout: writer("stdout"),
    stderr: writer("stderr"),
    signal: new AbortController().signal,
    onHangup: () => ({ [Symbol.dispose]: () => undefined }),
    onBegun: () => undefined,
    program: { file: "/nowhere/custody", args: [] },
  };
  const code = await execute(args, edge);
  return { code, ...told };
}

/** A DSN of a test cluster's database. */
export function dsnOf(settings: ConnectionSettings, role = settings.user): string {
  const host = settings.hosts[0]!;
  return `host=${host.host} port=${host.port} user=${role} dbname=${settings.database}`;
}

export const lastLine = (text: string): string => text.trimEnd().split("\n").at(-1) ?? "";
export const documentOf = (told: Told): Record<string, unknown> =>
  JSON.parse(told.stdout) as Record<string, unknown>;
