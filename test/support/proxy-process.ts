import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** A running `custody proxy --output jsonl`. */
export interface ProxyProcess extends AsyncDisposable {
  readonly pid: number;
  /** `http://127.0.0.1:PORT` or `unix:/path`, once it is there. */
  readonly api: Promise<string>;
  readonly events: readonly Readonly<Record<string, unknown>>[];
  stderr(): string;
  /** Resolves when stderr holds the text. */
  said(text: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<number | null>;
}

/** Runs a proxy over a configuration: the program of the checkout, or the one that is named. */
export function startProxyProcess(
  config: string,
  options: {
    readonly home: string;
    readonly program?: string;
    readonly env?: Readonly<Record<string, string>>;
    /** More arguments. */
    readonly flags?: readonly string[];
  },
): ProxyProcess {
  const { home, program = join(import.meta.dirname, "../../bin/custody"), env = {}, flags = [] } = options;
  const child = spawn(program, ["proxy", "--config", config, "--output", "jsonl", ...flags], {
    cwd: home,
    env: { PATH: process.env["PATH"], HOME: home, TMPDIR: home, LANG: "C.UTF-8", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const events: Record<string, unknown>[] = [];
  let stderr = "";
  const waiting: { readonly text: string; readonly resolve: () => void }[] = [];
  const api = Promise.withResolvers<string>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    const { event } = JSON.parse(line) as { event?: Record<string, unknown> };
    if (event === undefined) return;
    events.push(event);
    if (event["type"] === "proxy-started") api.resolve(String(event["api"]));
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
    for (const each of waiting) if (stderr.includes(each.text)) each.resolve();
  });
  const ended = new Promise<number | null>((resolve) => child.on("close", (code) => resolve(code)));
  void ended.then((code) => api.reject(new Error(`the proxy ended with ${code}: ${stderr}`)));
  api.promise.catch(() => undefined);
  return {
    pid: child.pid ?? 0,
    api: api.promise,
    events,
    stderr: () => stderr,
    said(text) {
      if (stderr.includes(text)) return Promise.resolve();
      return new Promise((resolve) => waiting.push({ text, resolve }));
    },
    kill: (signal) => void child.kill(signal),
    ended,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
