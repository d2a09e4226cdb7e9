import type { Socket } from "node:net";
import { connect, TLSSocket } from "node:tls";
import type { Connection, ConnectionHandlers } from "../../sessions/connection.ts";
import { judgeServer } from "./client-tls.ts";
import type { ClientTls } from "./client-tls.ts";
import { codeOf, tlsFailed } from "./explain-network.ts";
import type { Peer } from "./peer.ts";
import { judgeClient } from "./server-tls.ts";
import type { Judged, TlsSource } from "./server-tls.ts";
import { lingerMs } from "./transport.ts";
import type { DialledConnection } from "./transport.ts";

/** A connection on a socket of `node:net`, or one of `node:tls` whose handshake is done. */
export class NodeConnection implements DialledConnection {
  readonly peer: string;
  readonly host: string;
  readonly isEncrypted: boolean;
  readonly certificate: string | null;
  readonly #socket: Socket;
  readonly #source: TlsSource | null;
  #handlers: ConnectionHandlers | null = null;
  /** `left`: it goes on as an encrypted one. */
  #state: "open" | "ending" | "closed" | "left" = "open";
  /** Somebody is told. */
  #isStarted = false;
  /** Its events are listened to. */
  #isHeard = false;
  #isPaused = false;
  #failure: Error | null = null;
  #linger: ReturnType<typeof setTimeout> | null = null;
  #successor: TLSSocket | null = null;

  constructor(socket: Socket, peer: Peer, source: TlsSource | null, secured: Secured | null) {
    this.#socket = socket;
    this.host = peer.host;
    this.peer = peer.peer;
    this.#source = source;
    this.isEncrypted = secured !== null;
    this.certificate = secured?.certificate ?? null;
    socket.on("error", this.#onError).on("close", this.#onClose);
  }

  get offersTls(): boolean {
    return this.#source !== null && this.#source.tls !== null;
  }

  handle(handlers: ConnectionHandlers): void {
    const isFirst = this.#handlers === null;
    this.#handlers = handlers;
    if (isFirst) queueMicrotask(() => this.#start());
  }

  write(bytes: Uint8Array): boolean {
    if (this.#state !== "open" || this.#socket.destroyed || bytes.length === 0) return true;
    return this.#socket.write(bytes);
  }

  pause(): void {
    this.#isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#isPaused = false;
    if (this.#isStarted) this.#socket.resume();
  }

  end(): void {
    if (this.#state !== "open") return;
    this.#state = "ending";
    // What comes is read, to be thrown away: closed with bytes unread, it would be reset before the other side has read the last of it.
    this.#socket.resume();
    this.#lingerFor(Infinity);
    this.#socket.end();
  }

  destroy(): void {
    if (this.#state === "open") this.#state = "ending";
    (this.#successor ?? this.#socket).destroy();
  }

  async acceptTls(first: Uint8Array | null): Promise<Connection> {
    const tls = this.#source?.tls ?? null;
    if (tls === null) throw tlsFailed(this.peer, "its listener has no certificate");
    this.#leave();
    if (first !== null) this.#socket.unshift(first);
    const secured = new TLSSocket(this.#socket, {
      isServer: true,
      secureContext: tls.context,
      requestCert: tls.clientCertificate !== "none",
      rejectUnauthorized: tls.clientCertificate === "required",
      ...(tls.alpn === null ? {} : { ALPNProtocols: [tls.alpn] }),
    });
    return await this.#shake(secured, "secure", () =>
      judgeClient(tls, {
        error: whyUnauthorized(secured),
        subject: secured.getPeerCertificate()?.subject,
        alpn: secured.alpnProtocol,
        isDirect: first !== null,
      }),
    );
  }

  async startTls(tls: ClientTls): Promise<DialledConnection> {
    this.#leave();
    const secured = connect({
      socket: this.#socket,
      secureContext: tls.context,
      // `judgeServer` says what is accepted, chain and name apart.
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
      ...(tls.serverName === null ? {} : { servername: tls.serverName }),
      ...(tls.alpn === null ? {} : { ALPNProtocols: [tls.alpn] }),
    });
    return await this.#shake(secured, "secureConnect", () => {
      const refusal = judgeServer(tls, whyUnauthorized(secured), secured.getPeerCertificate());
      return refusal === null ? { certificate: null } : { refusal };
    });
  }

  giveBack(bytes: Uint8Array): void {
    this.#handlers = null;
    this.#isStarted = false;
    this.#socket.pause();
    this.#socket.unshift(bytes);
  }

  /** Tells nobody any more. */
  #leave(): void {
    if (this.#state !== "open" || this.#socket.destroyed)
      throw tlsFailed(this.peer, "the connection was closed");
    this.#state = "left";
    this.#handlers = null;
    this.#socket.pause();
    this.#socket.removeAllListeners("data").removeAllListeners("end").removeAllListeners("drain");
  }

  async #shake(
    secured: TLSSocket,
    event: "secure" | "secureConnect",
    judge: () => Judged,
  ): Promise<NodeConnection> {
    this.#successor = secured;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onClose = (): void => reject(new Error("the connection was closed"));
    secured.once(event, resolve).once("error", reject).once("close", onClose);
    this.#socket.once("close", onClose);
    try {
      await promise;
      const judged = judge();
      if ("refusal" in judged) throw new Error(judged.refusal);
      return new NodeConnection(secured, this, null, judged);
    } catch (error) {
      secured.on("error", () => undefined).destroy();
      this.#socket.destroy();
      const why = error instanceof Error ? (codeOf(error) ?? error.message) : String(error);
      throw tlsFailed(this.peer, why, error);
    } finally {
      secured.off("error", reject).off("close", onClose);
      this.#socket.off("close", onClose);
    }
  }

  #start(): void {
    this.#isStarted = true;
    if (this.#state === "closed") {
      this.#handlers?.closed(this.#failure);
      return;
    }
    if (!this.#isHeard) this.#hear();
    if (this.#isPaused) this.#socket.pause();
    else this.#socket.resume();
  }

  #hear(): void {
    this.#isHeard = true;
    this.#socket
      .on("data", (bytes: Uint8Array) => {
        if (this.#state === "open") this.#handlers?.data(bytes);
      })
      .on("drain", () => {
        if (this.#state === "open") this.#handlers?.drained();
      })
      .on("end", () => {
        if (this.#state === "open") this.#handlers?.ended();
      });
  }

  /** Closes what the other side leaves open, or takes nothing of; `waiting`: so many bytes were not sent when it was last seen. */
  #lingerFor(waiting: number): void {
    this.#linger = setTimeout(() => {
      const left = this.#socket.writableLength;
      if (left > 0 && left < waiting) this.#lingerFor(left);
      else this.#socket.destroy();
    }, lingerMs);
  }

  readonly #onError = (error: Error): void => {
    if (this.#state === "open") this.#failure = error;
    // Node leaves a TLS connection open that was told an alert.
    if (this.#state !== "left") this.#socket.destroy();
  };

  readonly #onClose = (): void => {
    if (this.#linger !== null) clearTimeout(this.#linger);
    if (this.#state === "left") return;
    this.#state = "closed";
    if (this.#isStarted) this.#handlers?.closed(this.#failure);
  };
}

/** What the handshake has shown. */
interface Secured {
  readonly certificate: string | null;
}

/** What is wrong with the other side's certificate. */
function whyUnauthorized(socket: TLSSocket): string | null {
  if (socket.authorized) return null;
  // Node tells it only of sockets that it accepted itself: this is how it asks for those.
  const handle: unknown = Reflect.get(socket, "_handle");
  if (!isVerifier(handle)) return String(socket.authorizationError ?? "it was not verified");
  const error = handle.verifyError();
  return error === null || error === undefined ? null : (codeOf(error) ?? "it is not valid");
}

function isVerifier(handle: unknown): handle is { verifyError(): unknown } {
  return (
    typeof handle === "object" &&
    handle !== null &&
    "verifyError" in handle &&
    typeof handle.verifyError === "function"
  );
}
