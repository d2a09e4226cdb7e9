import type { Socket, SocketHandler } from "bun";
import type { Connection, ConnectionHandlers } from "../../sessions/connection.ts";
import { acceptUpgrade, hasHandshakeFailed, startUpgrade, upgradeSocket } from "./bun-tls.ts";
import type { Upgrade } from "./bun-tls.ts";
import type { ClientTls } from "./client-tls.ts";
import { codeOf, tlsFailed } from "./explain-network.ts";
import type { TlsSource } from "./server-tls.ts";
import { lingerMs } from "./transport.ts";
import type { DialledConnection } from "./transport.ts";
import { Unsent } from "./unsent.ts";

/** Its `data`; null: nobody is told any more, the connection goes on as an encrypted one. */
export type BunSocket = Socket<BunConnection | null>;

/** What came before anybody was there to be told. */
interface Early {
  readonly chunks: Uint8Array[];
  hasEnded: boolean;
}

/** A handshake under way, and who waits for it. */
interface Handshake {
  readonly upgrade: Upgrade;
  readonly resolve: (connection: BunConnection) => void;
  readonly reject: (error: Error) => void;
}

/** Who has written while one event was told: it is sent at the event's end, so that several writes are one system call. */
const touched: BunConnection[] = [];
let isInEvent = false;

/** A connection on a socket of Bun's. One object and no closures: thousands of them are idle at a time. */
export class BunConnection implements DialledConnection {
  readonly peer: string;
  readonly host: string;
  readonly isEncrypted: boolean;
  certificate: string | null = null;
  #socket: BunSocket;
  readonly #source: TlsSource | null;
  #handlers: ConnectionHandlers | null = null;
  #early: Early | null = null;
  readonly #unsent = new Unsent();
  /** `ending`: what waits is sent, then it closes. */
  #state: "open" | "ending" | "closed" = "open";
  #isPaused = false;
  #hasEnded = false;
  #failure: Error | null = null;
  #linger: ReturnType<typeof setTimeout> | null = null;
  #handshake: Handshake | null = null;
  #successor: BunConnection | null = null;

  constructor(
    socket: BunSocket,
    place: { readonly host: string; readonly peer: string },
    source: TlsSource | null,
    isEncrypted: boolean,
  ) {
    this.#socket = socket;
    this.host = place.host;
    this.peer = place.peer;
    this.#source = source;
    this.isEncrypted = isEncrypted;
  }

  get offersTls(): boolean {
    return this.#source !== null && this.#source.tls !== null;
  }

  handle(handlers: ConnectionHandlers): void {
    const isFirst = this.#handlers === null;
    this.#handlers = handlers;
    if (isFirst && (this.#early !== null || this.#state === "closed"))
      queueMicrotask(() => this.#tellEarly());
  }

  write(bytes: Uint8Array): boolean {
    const unsent = this.#unsent;
    if (this.#state !== "open" || bytes.length === 0) return !unsent.isBlocked;
    if (!unsent.isEmpty) unsent.push(bytes);
    else if (isInEvent) {
      unsent.push(bytes);
      touched.push(this);
    } else unsent.send(bytes, this.#socket);
    return !unsent.isBlocked;
  }

  pause(): void {
    if (this.#isPaused || this.#state !== "open") return;
    this.#isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    if (!this.#isPaused || this.#state !== "open") return;
    this.#isPaused = false;
    if (this.#early === null) this.#socket.resume();
  }

  end(): void {
    if (this.#state !== "open") return;
    this.#state = "ending";
    // What comes is read, to be thrown away: closed with bytes unread, it would be reset before the other side has read the last of it.
    this.#socket.resume();
    this.#lingerFor(this.#unsent.size);
    if (this.#unsent.isEmpty) this.#shutDown();
  }

  destroy(): void {
    if (this.#successor !== null) this.#successor.destroy();
    if (this.#state === "closed") return;
    const isShaking = this.#handshake !== null;
    this.#finish(null);
    if (isShaking) this.#socket.terminate();
    else this.#socket.close();
  }

  async acceptTls(first: Uint8Array | null): Promise<Connection> {
    const tls = this.#source?.tls ?? null;
    if (tls === null) throw tlsFailed(this.peer, "its listener has no certificate");
    return await this.#upgrade(acceptUpgrade(tls, first));
  }

  async startTls(tls: ClientTls): Promise<DialledConnection> {
    return await this.#upgrade(startUpgrade(tls));
  }

  giveBack(bytes: Uint8Array): void {
    this.#handlers = null;
    this.#early ??= { chunks: [], hasEnded: false };
    this.#early.chunks.unshift(bytes);
    if (this.#state === "open") this.#socket.pause();
  }

  async #upgrade(upgrade: Upgrade): Promise<BunConnection> {
    this.#unsent.flush(this.#socket);
    if (this.#state !== "open" || !this.#unsent.isEmpty)
      throw tlsFailed(this.peer, "the connection was closed");
    const { promise, resolve, reject } = Promise.withResolvers<BunConnection>();
    const secured = new BunConnection(this.#socket, this, null, true);
    secured.#handshake = { upgrade, resolve, reject };
    if (this.#isPaused || this.#early !== null) this.#socket.resume();
    this.#state = "closed";
    this.#handlers = null;
    this.#successor = secured;
    secured.#socket = upgradeSocket(this.#socket, upgrade, secured, BunConnection.securedHandlers);
    return await promise;
  }

  /** All is sent: the other side is told so, and closes. */
  #shutDown(): void {
    if (this.#hasEnded) this.#socket.close();
    else this.#socket.shutdown();
  }

  /** Closes what the other side leaves open, or takes nothing of; `waiting`: so many bytes were not sent when it was last seen. */
  #lingerFor(waiting: number): void {
    this.#linger = setTimeout(() => {
      const left = this.#unsent.size;
      if (left > 0 && left < waiting) this.#lingerFor(left);
      else this.destroy();
    }, lingerMs);
  }

  #tellEarly(): void {
    const early = this.#early;
    const wasClosed = this.#state === "closed";
    this.#early = null;
    for (const chunk of early?.chunks ?? [])
      if (wasClosed || this.#state === "open") this.#handlers?.data(chunk);
    if (wasClosed) {
      this.#handlers?.closed(this.#failure);
      return;
    }
    if (this.#state === "open" && early?.hasEnded === true) this.#handlers?.ended();
    if (this.#state === "open" && !this.#isPaused) this.#socket.resume();
  }

  #take(bytes: Uint8Array): void {
    if (this.#state !== "open") return;
    if (this.#handlers !== null && this.#early === null) {
      this.#handlers.data(bytes);
      return;
    }
    this.#early ??= { chunks: [], hasEnded: false };
    this.#early.chunks.push(bytes);
    this.#socket.pause();
  }

  #end(): void {
    this.#hasEnded = true;
    if (this.#state === "ending" && this.#unsent.isEmpty) this.#socket.close();
    if (this.#state !== "open") return;
    if (this.#handlers !== null && this.#early === null) this.#handlers.ended();
    else (this.#early ??= { chunks: [], hasEnded: true }).hasEnded = true;
  }

  #drain(): void {
    this.#unsent.isBlocked = false;
    this.#unsent.flush(this.#socket);
    if (this.#unsent.isBlocked) return;
    if (this.#state === "ending") this.#shutDown();
    else if (this.#state === "open") this.#handlers?.drained();
  }

  /** Once. Who waits for it is told later, never from within a method. */
  #finish(error: Error | null): void {
    if (this.#state === "closed") return;
    this.#failure = this.#state === "open" || !this.#unsent.isEmpty ? error : null;
    this.#state = "closed";
    this.#unsent.clear();
    if (this.#linger !== null) clearTimeout(this.#linger);
    const handshake = this.#handshake;
    this.#handshake = null;
    if (handshake !== null)
      handshake.reject(tlsFailed(this.peer, codeOf(error) ?? "the connection was closed", error));
    else if (this.#handlers !== null && this.#early === null)
      queueMicrotask(() => this.#handlers?.closed(this.#failure));
  }

  #shake(socket: BunSocket, isDone: boolean, error: Error | null): void {
    const handshake = this.#handshake;
    if (handshake === null) return;
    this.#handshake = null;
    this.#socket = socket;
    const why = error === null ? null : (codeOf(error) ?? error.message);
    const judged = hasHandshakeFailed(handshake.upgrade, isDone, why)
      ? { refusal: error?.message ?? "the handshake failed" }
      : handshake.upgrade.judge(socket, why);
    if ("refusal" in judged) {
      handshake.reject(tlsFailed(this.peer, judged.refusal, error));
      this.#finish(null);
      socket.close();
      return;
    }
    this.certificate = judged.certificate;
    handshake.resolve(this);
  }

  static #settle(): void {
    isInEvent = false;
    for (const connection of touched) {
      const unsent = connection.#unsent;
      unsent.flush(connection.#socket);
      if (connection.#state === "ending" && unsent.isEmpty) connection.#shutDown();
    }
    touched.length = 0;
  }

  static readonly handlers: SocketHandler<BunConnection | null> = {
    data(socket, bytes) {
      const connection = socket.data;
      if (connection === null) return;
      isInEvent = true;
      try {
        connection.#take(bytes);
      } finally {
        BunConnection.#settle();
      }
    },
    drain(socket) {
      const connection = socket.data;
      // Bun tells it at times when nothing was waited for.
      if (connection === null || !connection.#unsent.isBlocked) return;
      isInEvent = true;
      try {
        connection.#drain();
      } finally {
        BunConnection.#settle();
      }
    },
    end({ data: connection }) {
      if (connection !== null) connection.#end();
    },
    close({ data: connection }, error) {
      if (connection !== null) connection.#finish(error ?? null);
    },
    /** What a handler threw, or a TLS session that broke. */
    error(socket, error) {
      if (socket.data !== null) socket.data.#finish(error);
      socket.terminate();
    },
  };

  static readonly securedHandlers: SocketHandler<BunConnection | null> = {
    ...BunConnection.handlers,
    handshake(socket, isDone, error) {
      if (socket.data !== null) socket.data.#shake(socket, isDone, error);
    },
  };
}
