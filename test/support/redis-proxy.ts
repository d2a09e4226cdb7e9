import { connect } from "node:net";
import { once } from "node:events";
import type { ServerTls } from "../../src/proxy/adapters/transport/server-tls.ts";
import type { SessionContext } from "../../src/proxy/sessions/ports.ts";
import { openRedisSession } from "../../src/proxy/sessions/redis/open-redis-session.ts";
import { dialSocket, listenForSessions } from "./socket-sessions.ts";
import type { SessionListener } from "./socket-sessions.ts";
import { scriptedDecider, wireContext } from "./scripted-decider.ts";
import type { Script, ScriptedDecider } from "./scripted-decider.ts";

/** Custody's session in front of a Redis, with a decider that follows a script. */
export interface RedisProxy extends SessionListener {
  readonly decider: ScriptedDecider;
  /** How often the server was dialled. */
  readonly dialled: () => number;
}

export async function startRedisProxy(
  server: { readonly socket: string },
  script: Script,
  given: Partial<SessionContext> = {},
  tls: ServerTls | null = null,
): Promise<RedisProxy> {
  const decider = scriptedDecider(script);
  let dialled = 0;
  const context = wireContext(
    () => {
      dialled += 1;
      return dialSocket(server.socket);
    },
    { decider, ...given },
  );
  const listener = await listenForSessions((client) => openRedisSession(client, context), tls);
  return { ...listener, decider, dialled: () => dialled };
}

/** A client that sends bytes as they are, and keeps what it gets as Latin-1. */
export interface RawClient extends Disposable {
  send(bytes: string | Uint8Array): void;
  /** All that came so far; waits until it satisfies. */
  until(isEnough: (text: string) => boolean): Promise<string>;
  /** Until the other side ends. */
  ended(): Promise<string>;
  /** Sends no more. */
  end(): void;
}

export async function rawClient(path: string): Promise<RawClient> {
  const socket = connect({ path, allowHalfOpen: true });
  await once(socket, "connect");
  let text = "";
  let isOver = false;
  let wake = Promise.withResolvers<void>();
  const tell = (): void => {
    wake.resolve();
    wake = Promise.withResolvers<void>();
  };
  socket.on("data", (bytes: Buffer) => {
    text += bytes.toString("latin1");
    tell();
  });
  socket.on("error", () => undefined);
  for (const event of ["end", "close"])
    socket.on(event, () => {
      isOver = true;
      tell();
    });
  return {
    send: (bytes) => void socket.write(bytes),
    async until(isEnough) {
      while (!isEnough(text)) {
        if (isOver) throw new Error(`ended after ${JSON.stringify(text)}`);
        await wake.promise;
      }
      return text;
    },
    async ended() {
      while (!isOver) await wake.promise;
      return text;
    },
    end: () => void socket.end(),
    [Symbol.dispose]: () => void socket.destroy(),
  };
}

/** The answer to `ECHO last`. */
export const last = "$4\r\nlast\r\n";

/** What comes back to lines typed by hand, up to the answer to a last ECHO. */
export async function talk(path: string, lines: readonly string[]): Promise<string> {
  using client = await rawClient(path);
  client.send([...lines, "ECHO last", ""].join("\r\n"));
  return await client.until((text) => text.endsWith(last));
}
