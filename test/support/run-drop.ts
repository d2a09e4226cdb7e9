import { execute } from "../../src/cli.ts";
import type { ProcessEdge } from "../../src/run/shell.ts";
import { tokenOf } from "./api-server.ts";
import type { TestApi } from "./api-server.ts";
import { temporaryFolder } from "./run-commands.ts";
import type { Told } from "./run-custody.ts";

interface DropOptions {
  /** Whose token is in the environment; null for none. */
  readonly as?: string | null;
  readonly env?: Readonly<Record<string, string>>;
  readonly isTTY?: boolean;
  /** What a person types. */
  readonly typed?: string;
  readonly signal?: AbortSignal;
  readonly onOutput?: (text: string) => void;
}

/** Runs `custody drop …` in this process, against a server of the test's. */
export async function runDrop(
  args: readonly string[],
  api: TestApi | null,
  { as = "oncall", env = {}, isTTY = false, typed = "", signal, onOutput }: DropOptions = {},
): Promise<Told> {
  using folder = temporaryFolder();
  const told = { stdout: "", stderr: "" };
  const writer = (name: "stdout" | "stderr") => ({
    write: (text: string) => {
      told[name] += text;
      onOutput?.(text);
    },
    isTTY,
    columns: () => 120,
  });
  const edge: ProcessEdge = {
    env: {
      LANG: "C.UTF-8",
      HOME: folder.path,
      ...(api === null ? {} : { CUSTODY_API: api.server.address }),
      ...(as === null ? {} : { CUSTODY_TOKEN: tokenOf(as) }),
      ...env,
    },
    cwd: folder.path,
    openStdin: () =>
      Object.assign(
        (async function* () {
          yield Buffer.from(typed);
        })(),
        { isTTY },
      ),
    stdout: writer("stdout"),
    stderr: writer("stderr"),
    signal: signal ?? new AbortController().signal,
    onHangup: () => ({ [Symbol.dispose]: () => undefined }),
    onBegun: () => undefined,
    program: { file: "/nowhere/custody", args: [] },
  };
  return { code: await execute(["drop", ...args], edge), ...told };
}
