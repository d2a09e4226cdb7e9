import type { Connection, ConnectionHandlers } from "./connection.ts";

/** What a session does with what its two ends say. */
export interface EndHandlers {
  /** From the client; never while it is held. */
  client(bytes: Uint8Array): void;
  /** The client is no longer held: what the session has kept of it goes first. */
  released(): void;
  server(bytes: Uint8Array): void;
  /** The client says no more, or one side closed: told once. Nothing may be begun any more. */
  gone(): void;
}

/** The two ends of a session: neither is read faster than the other takes, and they close together. */
export interface JoinedEnds {
  readonly isHeld: boolean;
  toClient(bytes: Uint8Array): void;
  toServer(bytes: Uint8Array): void;
  /** Reads nothing more of the client until each hold is released; what it sent already is kept. A session begins with one. */
  hold(): void;
  release(): void;
  /** From now on. `client`: in place of the one before, which is closed by whoever replaced it. */
  attachServer(server: Connection): void;
  replaceClient(client: Connection): void;
  /** Sends what is queued, then closes both. */
  finish(): void;
  destroy(): void;
  /** Resolves when both are closed. */
  readonly closed: Promise<void>;
}

export function joinEnds(first: Connection, handlers: EndHandlers): JoinedEnds {
  const closed = Promise.withResolvers<void>();
  let client = first;
  let server: Connection | null = null;
  const waiting: Uint8Array[] = [];
  const open = { client: true, server: false };
  let holds = 1;
  let isServerFull = false;
  let isOver = false;

  const steer = (): void => {
    if (!open.client) return;
    if (holds > 0 || isServerFull) client.pause();
    else client.resume();
  };
  const over = (): void => {
    if (isOver) return;
    isOver = true;
    waiting.length = 0;
    handlers.gone();
  };
  const finish = (): void => {
    over();
    client.end();
    server?.end();
  };
  const shut = (side: "client" | "server"): void => {
    open[side] = false;
    finish();
    if (!open.client && !open.server) closed.resolve();
  };

  const clientHandlers: ConnectionHandlers = {
    data(bytes) {
      if (isOver) return;
      if (holds > 0 || waiting.length > 0) waiting.push(bytes);
      else handlers.client(bytes);
    },
    drained: () => server?.resume(),
    ended() {
      // Nobody waits for what is held; answers to what went before still come.
      if (holds > 0 || waiting.length > 0 || server === null) finish();
      else {
        over();
        server.end();
      }
    },
    closed: () => shut("client"),
  };
  client.handle(clientHandlers);
  client.pause();

  return {
    get isHeld() {
      return holds > 0;
    },
    toClient(bytes) {
      if (open.client && !client.write(bytes)) server?.pause();
    },
    toServer(bytes) {
      if (isOver || server === null || server.write(bytes)) return;
      isServerFull = true;
      steer();
    },
    hold() {
      holds += 1;
      steer();
    },
    release() {
      if (holds === 0 || isOver) return;
      holds -= 1;
      if (holds === 0) handlers.released();
      while (holds === 0 && waiting.length > 0) {
        const next = waiting.shift();
        if (next !== undefined) handlers.client(next);
      }
      steer();
    },
    attachServer(connection) {
      server = connection;
      open.server = true;
      connection.handle({
        data: (bytes) => {
          if (open.client) handlers.server(bytes);
        },
        drained() {
          isServerFull = false;
          steer();
        },
        ended: finish,
        closed: () => shut("server"),
      });
      if (isOver) connection.destroy();
    },
    replaceClient(connection) {
      client = connection;
      client.handle(clientHandlers);
      steer();
    },
    finish,
    destroy() {
      over();
      client.destroy();
      server?.destroy();
    },
    closed: closed.promise,
  };
}
