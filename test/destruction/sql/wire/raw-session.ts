import { connect } from "node:net";
import { join } from "node:path";
import type { ConnectionSettings } from "../../../../src/postgres/settings.ts";

/** A session that sends bytes as they are: no driver quotes, prepares or encodes anything. */
export interface RawSession extends AsyncDisposable {
  /** Sends a Query message; what the server said to it. */
  query(sql: Uint8Array | string): Promise<RawAnswer>;
}

export interface RawAnswer {
  /** Of CommandComplete, one a statement. */
  readonly tags: readonly string[];
  /** First fields of the rows, `null` apart. */
  readonly values: readonly (string | null)[];
  /** SQLSTATE and message of the first error; null without one. */
  readonly error: string | null;
}

export async function openRawSession(settings: ConnectionSettings): Promise<RawSession> {
  const [host] = settings.hosts;
  if (host === undefined) throw new Error("no host");
  const socket = connect(join(host.host, `.s.PGSQL.${host.port}`));
  let pending: Buffer = Buffer.alloc(0);
  let wake: () => void = () => undefined;
  let isClosed = false;
  socket.on("data", (bytes: Buffer) => {
    pending = Buffer.concat([pending, bytes]);
    wake();
  });
  socket.on("error", () => undefined);
  socket.on("close", () => {
    isClosed = true;
    wake();
  });

  async function message(): Promise<{ readonly type: string; readonly body: Buffer }> {
    for (;;) {
      const end = pending.length < 5 ? Infinity : 1 + pending.readInt32BE(1);
      if (pending.length >= end) {
        const found = { type: String.fromCharCode(pending[0] ?? 0), body: pending.subarray(5, end) };
        pending = pending.subarray(end);
        return found;
      }
      if (isClosed) throw new Error("the server closed the session");
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }

  async function answer(): Promise<RawAnswer> {
    const tags: string[] = [];
    const values: (string | null)[] = [];
    let error: string | null = null;
    for (;;) {
      const { type, body } = await message();
      if (type === "Z") return { tags, values, error };
      if (type === "C") tags.push(body.subarray(0, -1).toString());
      if (type === "D") {
        const length = body.readInt16BE(0) === 0 ? -1 : body.readInt32BE(2);
        values.push(length < 0 ? null : body.subarray(6, 6 + length).toString());
      }
      if (type === "E") error ??= body.toString("latin1").replaceAll("\0", " ");
      // COPY is refused: nothing is copied in these tests.
      if (type === "G") socket.write(framed("f", Buffer.from("no\0")));
    }
  }

  const parameters = Buffer.from(`user\0${settings.user}\0database\0${settings.database}\0\0`);
  const startup = Buffer.alloc(8);
  startup.writeInt32BE(8 + parameters.length, 0);
  startup.writeInt32BE(196_608, 4);
  socket.write(Buffer.concat([startup, parameters]));
  await answer();
  return {
    query(sql) {
      const text = typeof sql === "string" ? Buffer.from(sql, "utf8") : sql;
      socket.write(framed("Q", Buffer.concat([text, Buffer.alloc(1)])));
      return answer();
    },
    async [Symbol.asyncDispose]() {
      socket.end(framed("X", Buffer.alloc(0)));
      if (!isClosed) await new Promise((resolve) => socket.once("close", resolve));
    },
  };
}

function framed(type: string, body: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 0, "latin1");
  head.writeInt32BE(4 + body.length, 1);
  return Buffer.concat([head, body]);
}
