/** A psql that stays: what it is given it runs at once, and what it says is read as it comes. */
export interface PsqlSession extends AsyncDisposable {
  send(text: string): void;
  /** Resolves with the match when what was said since the last call, answers and messages alike, holds it. Throws after 30 seconds. */
  said(pattern: RegExp): Promise<RegExpExecArray>;
  /** Closes its input, and gives its exit code. */
  end(): Promise<number>;
  /** As Ctrl-C: psql sends a CancelRequest. */
  interrupt(): void;
  kill(): void;
}

const longestMs = 30_000;

export function openPsql(env: Readonly<Record<string, string>>, flags: readonly string[] = []): PsqlSession {
  // One pipe for both keeps their order.
  const child = Bun.spawn(["sh", "-c", 'exec psql -XqAt "$@" 2>&1', "sh", ...flags], {
    env: { PATH: process.env["PATH"] ?? "", LANG: "C.UTF-8", ...env },
    stdin: "pipe",
    stdout: "pipe",
    stderr: "ignore",
  });
  let text = "";
  let isOver = false;
  let moved = Promise.withResolvers<void>();
  const reading = (async () => {
    for await (const chunk of child.stdout) {
      text += Buffer.from(chunk).toString();
      moved.resolve();
      moved = Promise.withResolvers();
    }
    isOver = true;
    moved.resolve();
  })();
  return {
    send(line) {
      void child.stdin.write(`${line}\n`);
      void child.stdin.flush();
    },
    async said(pattern) {
      const late = AbortSignal.timeout(longestMs);
      const { promise, reject } = Promise.withResolvers<never>();
      const expire = (): void => reject(new Error(`psql did not say ${pattern}, but: ${text}`));
      late.addEventListener("abort", expire, { once: true });
      try {
        for (;;) {
          const match = pattern.exec(text);
          if (match !== null) {
            text = text.slice(match.index + match[0].length);
            return match;
          }
          if (isOver) throw new Error(`psql ended, and did not say ${pattern}, but: ${text}`);
          await Promise.race([moved.promise, promise]);
        }
      } finally {
        late.removeEventListener("abort", expire);
      }
    },
    async end() {
      await child.stdin.end();
      return await child.exited;
    },
    interrupt: () => child.kill("SIGINT"),
    kill: () => child.kill("SIGKILL"),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
      await reading;
    },
  };
}
