import { rmSync } from "node:fs";
import { createConnection, createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { makeSocketFile } from "../../../run/socket-file.ts";
import { cannotConnect, cannotListen } from "./explain-network.ts";
import { NodeConnection } from "./node-connection.ts";
import { placeOf, unixPeer } from "./peer.ts";
import type { Peer } from "./peer.ts";
import type { TlsSource } from "./server-tls.ts";
import { keepAliveMs } from "./transport.ts";
import type { DialledConnection, Listening, ListenOptions, Place, Transport } from "./transport.ts";

/** The same on Node, Deno and Bun. `reusePort` needs Node 22.12, or Bun. */
export const nodeTransport: Transport = { listen, connect };

const backlog = 512;

const alike = { allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs };

async function listen({ place, tls, reusePort, fileMode, onConnection }: ListenOptions): Promise<Listening> {
  const source: TlsSource = { tls };
  const server = createServer(alike, (socket) =>
    onConnection(new NodeConnection(socket, peerOf(socket), source, null)),
  );
  try {
    if (place.kind === "unix")
      await makeSocketFile(place.path, fileMode, (path) => startListening(server, { path, backlog }));
    else await startListening(server, { host: place.host, port: place.port, backlog, reusePort });
  } catch (error) {
    server.close();
    throw cannotListen(place, error);
  }
  server.on("error", () => undefined);
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    setTls(given) {
      source.tls = given;
    },
    async close() {
      if (place.kind === "unix") rmSync(place.path, { force: true });
      server.close();
    },
  };
}

async function startListening(
  server: Server,
  options: { readonly backlog: number; readonly path: string } | TcpListenOptions,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(options, resolve);
  await promise;
  server.off("error", reject);
}

interface TcpListenOptions {
  readonly backlog: number;
  readonly host: string;
  readonly port: number;
  readonly reusePort: boolean;
}

async function connect(place: Place, signal: AbortSignal): Promise<DialledConnection> {
  signal.throwIfAborted();
  const socket = createConnection({
    ...alike,
    ...(place.kind === "unix" ? { path: place.path } : { host: place.host, port: place.port }),
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  socket.once("connect", resolve).once("error", reject);
  try {
    await promise;
    return new NodeConnection(socket, peerOf(socket), null, null);
  } catch (error) {
    socket.on("error", () => undefined).destroy();
    throw signal.aborted ? error : cannotConnect(place, error);
  } finally {
    socket.off("connect", resolve).off("error", reject);
    signal.removeEventListener("abort", onAbort);
  }
}

function peerOf(socket: Socket): Peer {
  const { remoteAddress, remotePort } = socket;
  return remoteAddress === undefined || remotePort === undefined
    ? unixPeer
    : placeOf(remoteAddress, remotePort);
}
