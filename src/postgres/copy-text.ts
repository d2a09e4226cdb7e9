import { InterruptedError } from "../errors.ts";
import { createCopyDecoder } from "./copy-decoder.ts";
import { explainServerError } from "./explain-error.ts";
import { lendSocket } from "./lend-socket.ts";
import type { LentSocket } from "./lend-socket.ts";
import type { Session } from "./session.ts";

/** What may wait for a slow reader before the server has to wait too. */
const queuedBytesLimit = 1024 * 1024;
const cancelTimeoutMs = 5000;
const nudgeMs = 3000;

/**
 * The bytes of `COPY … TO STDOUT`, text or binary, in chunks of about 8 KB that cut rows anywhere. The server waits while
 * the caller does; memory stays flat. Leaving the loop early cancels the statement and keeps the session usable (an open
 * transaction has then failed). Throws `OpsError` that says `what` was being done, `InterruptedError` when the signal fires.
 *
 * It reads the connection itself, not by the client library's stream: that costs a third of the time of one that makes an
 * object of each row, and the library's stream sometimes never gives the connection back after its last row.
 */
export async function* copyOut(
  session: Session,
  statement: string,
  signal?: AbortSignal,
  what = "reading by COPY",
): AsyncGenerator<Uint8Array, void, undefined> {
  if (signal?.aborted) throw new InterruptedError();
  try {
    await using lent = await lendSocket(session);
    await using answer = startCopy(lent, statement, signal);
    for (;;) {
      const chunk = await answer.next();
      if (signal?.aborted) throw new InterruptedError();
      if (chunk === undefined) return;
      yield chunk;
    }
  } catch (error) {
    if (signal?.aborted || error instanceof InterruptedError) throw new InterruptedError();
    throw explainServerError(error, what);
  }
}

interface Answer extends AsyncDisposable {
  /** The next data, nothing at the end. Throws what the server reported, or why the connection ended. */
  next(): Promise<Uint8Array | undefined>;
}

function startCopy(lent: LentSocket, statement: string, signal: AbortSignal | undefined): Answer {
  const { socket } = lent;
  const decoder = createCopyDecoder();
  let queue: Uint8Array[] = [];
  let queuedBytes = 0;
  let isDiscarding = false;
  let lost: Error | undefined;
  let wake = Promise.withResolvers<void>();

  const onData = (chunk: Buffer): void => {
    const data = decoder.push(chunk);
    if (data.length > 0 && !isDiscarding) {
      queue.push(data);
      queuedBytes += data.length;
      if (queuedBytes > queuedBytesLimit) socket.pause();
    }
    wake.resolve();
  };
  const onError = (error: Error): void => {
    lost ??= error;
    wake.resolve();
  };
  const onClose = (): void =>
    onError(Object.assign(new Error("the connection was closed"), { code: "ECONNRESET" }));
  socket.on("data", onData).on("error", onError).on("close", onClose);
  signal?.addEventListener("abort", onAbort, { once: true });
  function onAbort(): void {
    wake.resolve();
  }
  socket.resume();
  socket.write(queryMessage(statement));

  async function change(): Promise<void> {
    // Seen once, with a socket that had been paused: data at hand, and no event. A socket that only waits loses nothing by it.
    const nudge = setInterval(() => socket.pause().resume(), nudgeMs);
    await wake.promise;
    clearInterval(nudge);
    wake = Promise.withResolvers<void>();
  }

  return {
    async next() {
      for (;;) {
        const chunk = queue.shift();
        if (chunk !== undefined) {
          queuedBytes -= chunk.length;
          if (queuedBytes < queuedBytesLimit / 2 && socket.isPaused()) socket.resume();
          return chunk;
        }
        if (decoder.isReady()) {
          const failure = decoder.failure();
          if (failure !== undefined) throw failure;
          return undefined;
        }
        if (lost !== undefined) throw lost;
        if (signal?.aborted) throw new InterruptedError();
        await change();
      }
    },
    async [Symbol.asyncDispose]() {
      signal?.removeEventListener("abort", onAbort);
      isDiscarding = true;
      queue = [];
      socket.resume();
      if (!decoder.isReady() && lost === undefined) {
        const giveUp = setTimeout(() => socket.destroy(), cancelTimeoutMs);
        await lent.cancel();
        while (!decoder.isReady() && lost === undefined) await change();
        clearTimeout(giveUp);
      }
      socket.off("data", onData).off("error", onError).off("close", onClose);
    },
  };
}

/** Query: https://www.postgresql.org/docs/18/protocol-message-formats.html */
function queryMessage(statement: string): Buffer {
  if (statement.includes("\0")) throw new RangeError("a statement cannot hold a NUL character");
  const text = Buffer.from(`${statement}\0`, "utf8");
  const head = Buffer.alloc(5);
  head.write("Q", 0, "latin1");
  head.writeUInt32BE(text.length + 4, 1);
  return Buffer.concat([head, text]);
}
