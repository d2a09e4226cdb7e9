import type { Socket } from "node:net";
import type { Session } from "./session.ts";

/** What a session has beside its client library. */
interface Wire {
  socket(): Socket | undefined;
  /** Cancels what runs on the session's connection; resolves when the server has acted. */
  cancel(): Promise<void>;
}

const wires = new WeakMap<Session, Wire>();

export function registerWire(session: Session, wire: Wire): void {
  wires.set(session, wire);
}

export interface LentSocket extends AsyncDisposable {
  readonly socket: Socket;
  cancel(): Promise<void>;
}

/**
 * Takes a session's connection away from the client library once it is idle; disposing gives it back, and then the server
 * must be ready for the next statement. Statements that others send meanwhile wait. Only for sessions of one connection.
 */
export async function lendSocket(session: Session): Promise<LentSocket> {
  const wire = wires.get(session);
  if (wire === undefined) throw new RangeError("COPY needs a session of one connection, made by connect()");
  const reserved = await session.sql.reserve();
  const socket = wire.socket();
  if (socket === undefined) {
    reserved.release();
    throw Object.assign(new Error("the session has ended"), { code: "CONNECTION_ENDED" });
  }
  const listeners = socket.listeners("data").filter(isDataListener);
  socket.removeAllListeners("data");
  return {
    socket,
    cancel: () => wire.cancel(),
    async [Symbol.asyncDispose]() {
      // A connection that broke meanwhile is not given back: the library would take it for an open one and write into it.
      if (socket.destroyed) return;
      for (const listener of listeners) socket.on("data", listener);
      socket.resume();
      reserved.release();
    },
  };
}

// oxlint-disable-next-line typescript/no-unsafe-function-type -- the type that node:events gives
function isDataListener(listener: Function): listener is (chunk: Buffer) => void {
  return typeof listener === "function";
}
