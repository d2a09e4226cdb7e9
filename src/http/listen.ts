import { createServer } from "node:http";
import type { RequestListener, Server, ServerResponse } from "node:http";
import { rmSync } from "node:fs";
import type { Server as NetServer, Socket } from "node:net";
import type { SecureContextOptions } from "node:tls";
import { createServer as createTlsServer, Server as TlsServer } from "node:tls";
import type { HttpSection } from "../chokepoint/faces.ts";
import { OpsError } from "../errors.ts";
import { makeSocketFile } from "../run/socket-file.ts";
import { endStalled } from "./end-stalled.ts";
import type { ListenPlace } from "./listen-place.ts";
import { watchConnections } from "./watch-connections.ts";

export interface ConnectionLimits {
  readonly most: number;
  /** Until the head of a request is there. */
  readonly headersMs: number;
  /** Until all of it is. */
  readonly requestMs: number;
  /** Between two requests, and while nothing of an answer is taken. */
  readonly idleMs: number;
  readonly headerBytes: number;
  /** How long what is being answered may take once the server stops. */
  readonly graceMs: number;
}

type Tls = NonNullable<HttpSection["tls"]>;

interface ListenOptions {
  readonly place: ListenPlace;
  readonly tls: Tls | null;
  readonly limits: ConnectionLimits;
}

export interface Listening extends AsyncDisposable {
  /** The port that was taken; 0 for a Unix socket. */
  readonly port: number;
  /** For handshakes from now on. Whether TLS is spoken, and whether clients are asked for certificates, stays as it is. */
  setTls(tls: Tls): void;
}

/** Takes connections until it is disposed of: then what is being answered is finished, for as long as the grace. Throws `bad-config`. */
export async function listen(
  answer: RequestListener,
  { place, tls, limits }: ListenOptions,
): Promise<Listening> {
  const http = createServer(
    {
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.idleMs,
      connectionsCheckingInterval: Math.min(1000, limits.headersMs / 4),
      maxHeaderSize: limits.headerBytes,
    },
    answer,
  );
  const server = tls === null ? http : overTls(http, tls, limits);
  server.maxConnections = limits.most;
  const sockets = new Set<Socket>();
  const answering = new Map<ServerResponse, Socket>();
  server.on(tls === null ? "connection" : "secureConnection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  let isStopping = false;
  http.on("request", ({ socket }, response) => {
    answering.set(response, socket);
    if (isStopping) response.setHeader("connection", "close");
    for (const event of ["finish", "close"])
      response.once(event, () => {
        if (answering.delete(response) && isStopping) socket.end();
      });
  });
  await bind(server, place);
  server.on("error", () => undefined);
  const watching = endStalled(http, limits);
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    setTls(now) {
      if (server instanceof TlsServer) server.setSecureContext(contextOf(now));
    },
    async [Symbol.asyncDispose]() {
      using _watching = watching;
      isStopping = true;
      const closed = new Promise<void>((done) => server.close(() => done()));
      for (const response of answering.keys())
        if (!response.headersSent) response.setHeader("connection", "close");
      const busy = new Set(answering.values());
      for (const socket of sockets) if (!busy.has(socket)) socket.destroy();
      const grace = setTimeout(() => sockets.forEach((socket) => socket.destroy()), limits.graceMs);
      await closed;
      clearTimeout(grace);
      if (place.kind === "unix") rmSync(place.path, { force: true });
    },
  };
}

/**
 * Bun's own HTTPS server does not show the certificate of a client, so TLS is ended here and the connection handed on: then nobody but
 * us watches how long it takes (`watchConnections`).
 */
function overTls(http: Server, tls: Tls, limits: ConnectionLimits): NetServer {
  const watch = watchConnections(http, limits);
  const server = createTlsServer(
    {
      ...contextOf(tls),
      handshakeTimeout: limits.headersMs,
      // Whoever shows no certificate, or another's, may still have a token: it is the request that is refused.
      ...(tls.client_ca === undefined ? {} : { requestCert: true, rejectUnauthorized: false }),
    },
    (socket) => {
      watch(socket);
      http.emit("connection", socket);
    },
  );
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  return server;
}

function contextOf({ cert, key, client_ca: ca }: Tls): SecureContextOptions {
  return { cert, key, minVersion: "TLSv1.2", ...(ca === undefined ? {} : { ca }) };
}

async function bind(server: NetServer, place: ListenPlace): Promise<void> {
  const shown = place.kind === "unix" ? place.path : `${place.host}:${place.port}`;
  const bound =
    place.kind === "unix"
      ? makeSocketFile(place.path, 0o600, (path) => startListening(server, { path }))
      : startListening(server, place);
  await bound.catch((cause: unknown) => {
    throw new OpsError(
      "bad-config",
      `cannot listen on ${shown}: ${whyNot(cause)}`,
      "name a free port of this machine, or a path that can be written, as http.listen",
      { cause },
    );
  });
}

function whyNot(cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? cause.code : null;
  if (code === "EADDRINUSE") return "somebody listens there already, another custody perhaps (EADDRINUSE)";
  if (code === "EADDRNOTAVAIL") return "it is no address of this machine (EADDRNOTAVAIL)";
  if (code === "EACCES") return "this port is not for this user (EACCES)";
  return cause instanceof Error ? cause.message : String(cause);
}

async function startListening(
  server: NetServer,
  place: { readonly host: string; readonly port: number } | { readonly path: string },
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(place, resolve);
  await promise;
}
