import type { Told } from "./run-custody.ts";

interface RunOptions {
  readonly cwd?: string;
  /** Besides PATH, LANG and TZ. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** What takes longer is killed: 60 seconds, unless it is given. */
  readonly longestMs?: number;
}

/** Runs a program to its end, with nothing in its environment but what is given. */
export async function runProgram(
  command: readonly string[],
  { cwd = "/tmp", env = {}, input = "", longestMs = 60_000 }: RunOptions = {},
): Promise<Told> {
  const child = Bun.spawn([...command], {
    cwd,
    env: { PATH: process.env["PATH"] ?? "", LANG: "C.UTF-8", TZ: "UTC", ...env },
    stdin: Buffer.from(input),
    stdout: "pipe",
    stderr: "pipe",
    timeout: longestMs,
    killSignal: "SIGKILL",
  });
  const [code, stdout, stderr] = await Promise.all([
    child.exited,
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { code, stdout, stderr };
}
