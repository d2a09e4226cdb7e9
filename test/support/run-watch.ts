import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** One line of `--output jsonl`: an envelope's event, or the document that ends the stream. */
export type WatchLine = Readonly<Record<string, unknown>>;

export interface RunningWatch extends AsyncDisposable {
  /** The next event of a type, from where the last one was found on. */
  until(type: string, fits?: (event: WatchLine) => boolean): Promise<WatchLine>;
  readonly events: readonly WatchLine[];
  stderr(): string;
  kill(signal: NodeJS.Signals): void;
  ended(): Promise<number | null>;
}

/** Runs `custody chain watch --output jsonl` as a program of its own: that of the checkout, or the one that is named. */
export function runWatchProgram(
  args: readonly string[],
  home: string,
  program = join(import.meta.dirname, "../../bin/custody"),
): RunningWatch {
  const child = spawn(program, ["chain", "watch", "--output", "jsonl", ...args], {
    env: { PATH: process.env["PATH"], HOME: home, LANG: "C.UTF-8" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const events: WatchLine[] = [];
  let stderr = "";
  let changed = Promise.withResolvers<void>();
  let at = 0;
  let isOver = false;
  const note = (): void => {
    changed.resolve();
    changed = Promise.withResolvers<void>();
  };
  createInterface({ input: child.stdout }).on("line", (line) => {
    const parsed = JSON.parse(line) as { event?: WatchLine } & WatchLine;
    events.push(parsed.event ?? { type: "document", ...parsed });
    note();
  });
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<number | null>((resolve) =>
    child.on("close", (code) => {
      isOver = true;
      note();
      resolve(code);
    }),
  );
  return {
    async until(type, fits = () => true) {
      for (;;) {
        const index = events.findIndex((each, place) => place >= at && each["type"] === type && fits(each));
        const found = events[index];
        if (found !== undefined) {
          at = index + 1;
          return found;
        }
        if (isOver)
          throw new Error(`the watch ended before ${type}: ${stderr}\n${JSON.stringify(events.slice(-5))}`);
        await changed.promise;
      }
    },
    events,
    stderr: () => stderr,
    kill: (signal) => void child.kill(signal),
    ended: () => ended,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
