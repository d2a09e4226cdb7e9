import { connect } from "node:net";
import type { Socket } from "node:net";
import { bunTransport } from "../../src/proxy/adapters/transport/bun-transport.ts";
import { nodeTransport } from "../../src/proxy/adapters/transport/node-transport.ts";
import type { Listening, ListenOptions, Transport } from "../../src/proxy/adapters/transport/transport.ts";
import type { Connection } from "../../src/proxy/sessions/connection.ts";

export const transports: readonly (readonly [string, Transport])[] = [
  ["bun", bunTransport],
  ["node", nodeTransport],
];

/** A listener, and who came in, in their order. */
export interface TestListener extends AsyncDisposable {
  readonly listening: Listening;
  readonly port: number;
  next(): Promise<Connection>;
}

export async function listenFor(
  transport: Transport,
  options: Partial<Omit<ListenOptions, "onConnection">> = {},
): Promise<TestListener> {
  const came: Connection[] = [];
  const waiting: ((connection: Connection) => void)[] = [];
  const all: Connection[] = [];
  const listening = await transport.listen({
    place: { kind: "tcp", host: "127.0.0.1", port: 0 },
    tls: null,
    reusePort: false,
    fileMode: 0o600,
    onConnection(connection) {
      all.push(connection);
      const next = waiting.shift();
      if (next === undefined) came.push(connection);
      else next(connection);
    },
    ...options,
  });
  return {
    listening,
    port: listening.port,
    async next() {
      const connection = came.shift();
      if (connection !== undefined) return connection;
      return await new Promise((resolve) => waiting.push(resolve));
    },
    async [Symbol.asyncDispose]() {
      for (const connection of all) connection.destroy();
      await listening.close();
    },
  };
}

/** All that a connection has told. */
export interface Told {
  readonly chunks: Uint8Array[];
  readonly events: ("drained" | "ended" | "closed")[];
  readonly error: () => Error | null;
  text(): string;
  bytes(): number;
  /** Resolves when it holds, tried after everything that is told. */
  until(holds: () => boolean): Promise<void>;
  ended(): Promise<void>;
  closed(): Promise<void>;
}

export function record(connection: Connection, onData: (bytes: Uint8Array) => void = () => undefined): Told {
  const chunks: Uint8Array[] = [];
  const events: Told["events"] = [];
  const waiting = new Set<() => void>();
  let error: Error | null = null;
  let bytes = 0;
  const settle = (): void => {
    for (const each of waiting) each();
  };
  const told = (event: Told["events"][number]) => (): void => {
    events.push(event);
    settle();
  };
  connection.handle({
    data(chunk) {
      chunks.push(chunk);
      bytes += chunk.length;
      onData(chunk);
      settle();
    },
    drained: told("drained"),
    ended: told("ended"),
    closed(why) {
      error = why;
      told("closed")();
    },
  });
  const until = async (holds: () => boolean): Promise<void> => {
    if (holds()) return;
    await new Promise<void>((resolve) => {
      const check = (): void => {
        if (!holds()) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
    });
  };
  return {
    chunks,
    events,
    error: () => error,
    text: () => Buffer.concat(chunks).toString(),
    bytes: () => bytes,
    until,
    ended: () => until(() => events.includes("ended")),
    closed: () => until(() => events.includes("closed")),
  };
}

/** Another program's end: Node's own client, as plain as it is. */
export function dial(at: number | string): Socket {
  const socket = connect(
    typeof at === "number"
      ? { port: at, host: "127.0.0.1", allowHalfOpen: true }
      : { path: at, allowHalfOpen: true },
  );
  socket.on("error", () => undefined);
  return socket;
}

/** Everything that comes, to its end. */
export async function readAll(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  await new Promise<void>((resolve) => socket.once("end", resolve).once("close", () => resolve()));
  return Buffer.concat(chunks).toString();
}

/** The next that comes, at least so many bytes. */
export async function readSome(socket: Socket, count = 1): Promise<Buffer> {
  const chunks: Buffer[] = [];
  await new Promise<void>((resolve) => {
    const take = (chunk: Buffer): void => {
      chunks.push(chunk);
      if (Buffer.concat(chunks).length < count) return;
      socket.off("data", take);
      resolve();
    };
    socket.on("data", take).once("close", () => resolve());
  });
  return Buffer.concat(chunks);
}
