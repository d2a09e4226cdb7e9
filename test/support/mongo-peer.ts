import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { BSON, MongoClient } from "mongodb";
import { answerCommand, PeerError } from "./mongo-peer/commands.ts";
import type { PeerState } from "./mongo-peer/commands.ts";
import { takeMessages, writeAnswer } from "./mongo-peer/messages.ts";
import type { Request } from "./mongo-peer/messages.ts";
import { openStore } from "./mongo-peer/store.ts";
import type { PeerStore } from "./mongo-peer/store.ts";

/**
 * A stand-in for MongoDB, which is in no registry: it speaks the published wire protocol over a socket to the real driver and holds what it
 * is given in memory. It does not log anybody in, checks no rights, no validators and no types, and answers no query but `{}`: what is
 * shown on it is what custody sends and does with answers, never what a real server would make of it.
 */
export interface MongoPeer extends AsyncDisposable {
  readonly url: string;
  readonly store: PeerStore;
  /** Every command, in order, but for hellos. */
  readonly commands: { readonly name: string; readonly database: string; readonly appName: string }[];
  /** Asked before each command: an error is answered, `cut` ends the connection after it was done. */
  fault: ((request: Request) => PeerError | "cut" | null) | null;
  connect(): Promise<MongoClient>;
}

/** On a port of 127.0.0.1, or on a Unix socket. */
export async function startMongoPeer(socketPath?: string): Promise<MongoPeer> {
  const store = openStore();
  const sockets = new Set<Socket>();
  const clients: MongoClient[] = [];
  const cursors: PeerState["cursors"] = new Map();
  let connections = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    connections += 1;
    serve(socket, { store, cursors, connectionId: connections }, peer);
  });
  await new Promise<void>((resolve) => {
    if (socketPath === undefined) server.listen(0, "127.0.0.1", resolve);
    else server.listen(socketPath, resolve);
  });
  const place =
    socketPath === undefined
      ? `127.0.0.1:${(server.address() as AddressInfo).port}`
      : encodeURIComponent(socketPath);
  const peer: MongoPeer = {
    url: `mongodb://${place}/?directConnection=true`,
    store,
    commands: [],
    fault: null,
    async connect() {
      const client = new MongoClient(peer.url);
      clients.push(client);
      return await client.connect();
    },
    async [Symbol.asyncDispose]() {
      for (const each of clients) await each.close();
      for (const each of sockets) each.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return peer;
}

function serve(socket: Socket, state: PeerState, peer: MongoPeer): void {
  let pending: Buffer = Buffer.alloc(0);
  let appName = "";
  let id = 0;
  socket.on("data", (chunk: Buffer) => {
    const taken = takeMessages(Buffer.concat([pending, chunk]));
    pending = Buffer.from(taken.rest);
    for (const request of taken.requests) {
      appName = request.body["client"]?.application?.name ?? appName;
      const isHello = /^(hello|ismaster)$/i.test(request.name);
      if (!isHello) peer.commands.push({ name: request.name, database: request.database, appName });
      const fault = isHello ? null : (peer.fault?.(request) ?? null);
      const answer = answerOrRefuse(request, state, fault instanceof PeerError ? fault : null);
      id += 1;
      if (fault === "cut") {
        socket.destroy();
        return;
      }
      if (request.wantsAnswer) socket.write(writeAnswer(request, answer, id));
    }
  });
}

function answerOrRefuse(request: Request, state: PeerState, fault: PeerError | null): Uint8Array {
  try {
    if (fault !== null) throw fault;
    return answerCommand(request, state);
  } catch (error) {
    if (!(error instanceof PeerError)) throw error;
    const { code, codeName, message } = error;
    return BSON.serialize({ ok: 0, errmsg: message, code, codeName });
  }
}
