import type { Connection } from "../connection.ts";
import type { Answers } from "./answers.ts";

/** The connection to the target: dialled when the first command may go there, and not before. */
export interface ServerSide {
  /** Connects, once. Rejects with `OpsError`, and when `signal` has fired. */
  open(): Promise<void>;
  readonly isOpen: boolean;
  send(bytes: Uint8Array): void;
  pause(): void;
  resume(): void;
  end(): void;
  destroy(): void;
  /** Resolves when it is closed, or never was open. */
  readonly closed: Promise<void>;
}

export interface ServerListener {
  /** Replies were taken. */
  replied(): void;
  /** What it says cannot be read. */
  unreadable(): void;
  /** It takes no more for now; then, more again. */
  full(isFull: boolean): void;
  gone(): void;
}

export function openServerSide(
  dial: (signal: AbortSignal) => Promise<Connection>,
  signal: AbortSignal,
  answers: Answers,
  listener: ServerListener,
): ServerSide {
  let connection: Connection | null = null;
  let dialling: Promise<void> | null = null;
  const over = Promise.withResolvers<void>();

  const connect = async (): Promise<void> => {
    const opened = await dial(signal);
    if (signal.aborted) {
      opened.destroy();
      throw new Error("the client is gone");
    }
    connection = opened;
    opened.handle({
      data(bytes) {
        if (!answers.take(bytes)) listener.unreadable();
        listener.replied();
      },
      drained: () => listener.full(false),
      ended: () => listener.gone(),
      closed() {
        over.resolve();
        listener.gone();
      },
    });
  };
  return {
    open: () => (dialling ??= connect()),
    get isOpen() {
      return connection !== null;
    },
    send(bytes) {
      if (connection?.write(bytes) === false) listener.full(true);
    },
    pause: () => connection?.pause(),
    resume: () => connection?.resume(),
    end: () => connection?.end(),
    destroy: () => connection?.destroy(),
    get closed() {
      return connection === null ? Promise.resolve() : over.promise;
    },
  };
}
