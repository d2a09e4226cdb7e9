import type { ChildProcess } from "node:child_process";

/**
 * Messages between two processes of one program: whoever is at the other end was built from the same sources. Structured clones: a Map
 * stays a Map. What is sent to a process that is gone is lost, and nobody is told so but by `closed`.
 */
export interface ProcessChannel<In, Out extends object> {
  send(message: Out): void;
  /** Once: messages wait until somebody listens. */
  listen(listener: (message: In) => void): void;
  /** The other process is gone, or has closed it. Never rejects. */
  readonly closed: Promise<void>;
}

/** A child process, or this one as its parent's child. */
interface End {
  readonly connected: boolean;
  readonly send?: ChildProcess["send"] | undefined;
  on(event: "message" | "disconnect", listener: (message: unknown) => void): unknown;
}

/** The argument that makes this program serve listeners for the custody that started it. */
export const servingWord = "serve-listeners";

/** To a child that was started with `ipc` among its streams and `serialization: "advanced"`, or from one to its parent. */
export function openProcessChannel<In, Out extends object>(end: End): ProcessChannel<In, Out> {
  const { promise: closed, resolve: close } = Promise.withResolvers<void>();
  const waiting: In[] = [];
  let take = (message: In): void => void waiting.push(message);
  end.on("message", (message) => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the other end is this very program
    take(message as In);
  });
  end.on("disconnect", () => close());
  return {
    send(message) {
      if (!end.connected) return;
      end.send?.(message, undefined, undefined, (error) => {
        if (error !== null) close();
      });
    },
    listen(listener) {
      take = listener;
      for (const each of waiting.splice(0)) listener(each);
    },
    closed,
  };
}
