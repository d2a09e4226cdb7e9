import { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { OpsError } from "../errors.ts";
import { cancelRequest, watchBackendKey } from "./backend-key.ts";
import type { BackendKey } from "./backend-key.ts";
import type { Host } from "./connection-settings.ts";
import { negotiateTls } from "./negotiate-tls.ts";
import { ignoreUnheardErrors } from "./socket-events.ts";
import { closedAtStart, displayHost, openSocket } from "./open-socket.ts";
import type { ConnectionSettings } from "./connection-settings.ts";

/** How one attempt to connect is made. */
export interface Attempt {
  readonly host: Host;
  /** `try`: TLS when the server has it. */
  readonly encryption: "plain" | "try" | "tls";
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** The sockets of one session. Once a session has lost one of them it never connects again: its state is gone. */
export interface Link extends AsyncDisposable {
  /** A connected socket, past TLS. Throws `OpsError` or `InterruptedError`. */
  open(): Promise<Socket>;
  /** From now on sockets are opened only to cancel. */
  ready(): void;
  lose(): void;
  isEncrypted(): boolean;
  /** The first connected socket. */
  socket(): Socket | undefined;
  /** Cancels what runs on the server; resolves when the server has acted. */
  cancel(): Promise<void>;
  /** Cancels what runs on the server, then closes every socket. */
  abort(): Promise<void>;
}

const cancelTimeoutMs = 5000;

export function createLink(settings: ConnectionSettings, attempt: Attempt, max: number): Link {
  const sockets = new Map<Socket, () => BackendKey | undefined>();
  let opened = 0;
  let state: "starting" | "ready" | "lost" = "starting";

  async function connectSocket(signal?: AbortSignal): Promise<Socket> {
    const deadline = AbortSignal.timeout(attempt.timeoutMs);
    const socket = await openSocket(attempt.host, deadline, signal);
    if (attempt.encryption === "plain") return socket;
    try {
      const limit = signal === undefined ? deadline : AbortSignal.any([deadline, signal]);
      const secured = await negotiateTls(socket, attempt.host, settings, limit);
      if (secured === undefined && attempt.encryption === "tls") throw noTls(attempt.host, settings);
      return secured ?? socket;
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  async function cancelAll(): Promise<void> {
    const keys = [...sockets].flatMap(([socket, key]) => (socket.destroyed ? [] : [key()]));
    await Promise.all(
      keys.map(async (key) => {
        if (key === undefined) return;
        // A server that cannot be reached any more is not asked to stop.
        await cancel(key).catch((error: unknown) => {
          if (!(error instanceof OpsError)) throw error;
        });
      }),
    );
  }

  async function cancel(key: BackendKey): Promise<void> {
    const socket = await connectSocket();
    socket.on("error", () => undefined);
    socket.resume();
    // The server closes when it has acted. Closing first, even half, makes PgBouncer 1.18 abort.
    socket.write(cancelRequest(key));
    const giveUp = setTimeout(() => socket.destroy(), cancelTimeoutMs);
    await closed(socket);
    clearTimeout(giveUp);
  }

  return {
    async open() {
      if (state === "lost") return failingSocket(lost(attempt.host));
      if (state === "starting" && opened >= max) throw closedAtStart(attempt.host);
      const socket = await connectSocket(attempt.signal);
      ignoreUnheardErrors(socket);
      opened += 1;
      sockets.set(socket, watchBackendKey(socket));
      // A server that says nothing after it was greeted is not waited for when the session is not wanted any more.
      const leave = (): void => void (state === "starting" && socket.destroy());
      attempt.signal?.addEventListener("abort", leave, { once: true });
      if (attempt.signal?.aborted) leave();
      socket.once("close", () => {
        attempt.signal?.removeEventListener("abort", leave);
        sockets.delete(socket);
      });
      return socket;
    },
    ready() {
      state = "ready";
    },
    lose() {
      state = "lost";
    },
    isEncrypted() {
      return [...sockets.keys()].some((socket) => socket instanceof TLSSocket);
    },
    socket: () => [...sockets.keys()].find((socket) => !socket.destroyed),
    cancel: cancelAll,
    async abort() {
      state = "lost";
      await cancelAll();
      await destroyAll(sockets.keys());
    },
    async [Symbol.asyncDispose]() {
      state = "lost";
      await destroyAll(sockets.keys());
      sockets.clear();
    },
  };
}

async function destroyAll(sockets: Iterable<Socket>): Promise<void> {
  await Promise.all(
    [...sockets].map((socket) => {
      socket.on("error", () => undefined);
      const isClosed = closed(socket);
      socket.destroy();
      return isClosed;
    }),
  );
}

/** Resolves however the socket ends: an error of it is an end too (`events.once` would reject with it). */
async function closed(socket: Socket): Promise<void> {
  if (socket.closed) return;
  await new Promise<void>((resolve) => socket.once("close", () => resolve()));
}

/** The client library copes with a socket that breaks; a connection that it cannot even begin, it waits for without end. */
function failingSocket(error: Error): Socket {
  const socket = new Socket();
  setImmediate(() => socket.destroy(error));
  return socket;
}

function noTls(host: Host, settings: ConnectionSettings): OpsError {
  return new OpsError(
    "tls-failed",
    `the server at ${displayHost(host)} has no TLS, and sslmode=${settings.sslmode} asks for it`,
    "turn ssl on at the server; sslmode=prefer would connect without encryption",
  );
}

function lost(host: Host): OpsError {
  return new OpsError(
    "connection-lost",
    `the connection to ${displayHost(host)} was lost`,
    "check the network and the server, and try again",
  );
}
