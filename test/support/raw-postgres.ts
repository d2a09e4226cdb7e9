import { connect } from "node:net";
import type { Socket } from "node:net";

/** A client of PostgreSQL's protocol that sends what it is told to, byte for byte, and keeps the types of what it is answered. */
export interface RawClient extends AsyncDisposable {
  readonly socket: Socket;
  send(bytes: Uint8Array): void;
  /** All answers so far: type, and what is in it. */
  readonly answers: readonly { readonly type: string; readonly body: Buffer }[];
  /** Resolves when so many ReadyForQuery came since the connection began; rejects when it ends before. */
  ready(count: number): Promise<void>;
  until(holds: () => boolean): Promise<void>;
  readonly closed: Promise<void>;
}

export function startup(parameters: Readonly<Record<string, string>>, minor = 0): Buffer {
  const body = Object.entries(parameters)
    .map(([name, value]) => `${name}\0${value}\0`)
    .join("");
  const bytes = Buffer.concat([Buffer.alloc(8), Buffer.from(`${body}\0`)]);
  bytes.writeInt32BE(bytes.length);
  bytes.writeInt32BE((3 << 16) | minor, 4);
  return bytes;
}

export async function rawClient(
  place: { readonly port: number; readonly host?: string } | { readonly path: string },
  parameters: Readonly<Record<string, string>> | null,
): Promise<RawClient> {
  const socket = "path" in place ? connect(place.path) : connect(place.port, place.host ?? "127.0.0.1");
  const answers: { type: string; body: Buffer }[] = [];
  const waiting = new Set<() => void>();
  let rest = Buffer.alloc(0);
  let isClosed = false;
  const wake = (): void => {
    for (const each of waiting) each();
  };
  socket.on("data", (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 5 && rest.length >= 1 + rest.readInt32BE(1)) {
      const end = 1 + rest.readInt32BE(1);
      answers.push({ type: String.fromCharCode(rest[0] ?? 0), body: Buffer.from(rest.subarray(5, end)) });
      rest = rest.subarray(end);
    }
    wake();
  });
  const closed = new Promise<void>((resolve) => socket.on("close", () => resolve()));
  socket.on("close", () => {
    isClosed = true;
    wake();
  });
  socket.on("error", () => undefined);
  await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject));
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) {
      if (isClosed)
        throw new Error(`the connection ended; answers: ${answers.map(({ type }) => type).join("")}`);
      await new Promise<void>((resolve) => {
        const once = (): void => {
          waiting.delete(once);
          resolve();
        };
        waiting.add(once);
      });
    }
  };
  if (parameters !== null) socket.write(startup(parameters));
  const client: RawClient = {
    socket,
    send: (bytes) => void socket.write(bytes),
    answers,
    ready: (count) => until(() => answers.filter(({ type }) => type === "Z").length >= count),
    until,
    closed,
    async [Symbol.asyncDispose]() {
      socket.destroy();
      await closed;
    },
  };
  if (parameters !== null) await client.ready(1);
  return client;
}

/** The types of answers since a place, without what a server may say at any time. */
export function typesSince({ answers }: Pick<RawClient, "answers">, from: number): string {
  return answers
    .slice(from)
    .map(({ type }) => type)
    .filter((type) => !"NS".includes(type))
    .join("");
}
