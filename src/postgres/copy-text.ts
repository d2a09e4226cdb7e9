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
 * A server flushes every 8 KB, and whoever reads faster than it writes is woken for each of them, which costs more than the
 * rows in it. So after little was read the thread sleeps for a moment, while the socket's buffer (some 200 KB) takes more: at
 * 250 MB/s that is 60 KB.
 */
const worthReadingBytes = 48 * 1024;
const gatherMs = 0.25;
const never = new Int32Array(new SharedArrayBuffer(4));

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
  const queue: Uint8Array[] = [];
  let queuedBytes = 0;
  let packed = 0;
  try {
    await using lent = await lendSocket(session);
    const { socket } = lent;
    await using answer = startCopy(lent, statement, signal, {
      onData(chunk, from, to) {
        if (from !== packed) chunk.copyWithin(packed, from, to);
        packed += to - from;
      },
      onReceived(chunk) {
        if (packed === 0) return;
        queue.push(chunk.subarray(0, packed));
        queuedBytes += packed;
        packed = 0;
        if (queuedBytes > queuedBytesLimit) socket.pause();
        answer.wake();
      },
    });
    for (;;) {
      if (signal?.aborted) throw new InterruptedError();
      const chunk = queue.shift();
      if (chunk !== undefined) {
        queuedBytes -= chunk.length;
        if (queuedBytes < queuedBytesLimit / 2 && socket.isPaused()) socket.resume();
        yield chunk;
      } else if (answer.isDone()) return;
      else await answer.change();
    }
  } catch (error) {
    if (signal?.aborted || error instanceof InterruptedError) throw new InterruptedError();
    throw explainServerError(error, what);
  }
}

/** Takes what a COPY sends while it is received; what is received meanwhile waits, so that nothing has to be kept. */
export interface CopySink {
  /** Data where it lies: the bytes of `chunk` at `from` and before `to`, a row or a piece of one. */
  onData(chunk: Uint8Array, from: number, to: number): void;
  /** All data of the chunk has been shown. */
  onReceived(chunk: Uint8Array): void;
}

/**
 * The same for a caller that never has to wait, with less work for each chunk than `copyOut`. What the sink throws is thrown,
 * after the statement has been cancelled. Returns how many rows the server says it has sent; null when it does not say.
 */
export async function readCopy(
  session: Session,
  statement: string,
  sink: CopySink,
  signal?: AbortSignal,
  what = "reading by COPY",
): Promise<number | null> {
  if (signal?.aborted) throw new InterruptedError();
  try {
    await using lent = await lendSocket(session);
    await using answer = startCopy(lent, statement, signal, sink);
    while (signal?.aborted !== true && !answer.isDone()) await answer.change();
    if (signal?.aborted) throw new InterruptedError();
    return answer.rows();
  } catch (error) {
    if (signal?.aborted || error instanceof InterruptedError) throw new InterruptedError();
    throw error instanceof SinkFailure ? error.cause : explainServerError(error, what);
  }
}

/** Its cause is what a sink threw. */
class SinkFailure extends Error {}

interface Answer extends AsyncDisposable {
  /** Whether the server is ready for the next statement. Throws what it reported, why the connection ended, `SinkFailure`. */
  isDone(): boolean;
  rows(): number | null;
  /** Waits for the end, the signal or `wake`, unless one of them came since it last waited. */
  change(): Promise<void>;
  wake(): void;
}

/** Disposing it cancels what still runs; `sink` is not called then any more. */
function startCopy(
  lent: LentSocket,
  statement: string,
  signal: AbortSignal | undefined,
  sink: CopySink,
): Answer {
  const { socket } = lent;
  let isDiscarding = false;
  const decoder = createCopyDecoder((chunk, from, to) => {
    if (isDiscarding) return;
    try {
      sink.onData(chunk, from, to);
    } catch (error) {
      refuse(error);
    }
  });
  let refusal: SinkFailure | undefined;
  let lost: Error | undefined;
  let change = Promise.withResolvers<void>();
  const wake = (): void => change.resolve();

  const onBytes = (received: Buffer): void => {
    // Cutting pieces off a Buffer costs more than off a plain array.
    const chunk = new Uint8Array(received.buffer, received.byteOffset, received.length);
    decoder.push(chunk);
    if (!isDiscarding) {
      try {
        sink.onReceived(chunk);
      } catch (error) {
        refuse(error);
      }
    }
    if (decoder.isReady()) wake();
    else if (received.length < worthReadingBytes) Atomics.wait(never, 0, 0, gatherMs);
  };
  function refuse(cause: unknown): void {
    refusal = new SinkFailure("", { cause });
    isDiscarding = true;
    wake();
  }
  const onError = (error: Error): void => {
    lost ??= error;
    wake();
  };
  const onClose = (): void =>
    onError(Object.assign(new Error("the connection was closed"), { code: "ECONNRESET" }));
  socket.on("data", onBytes).on("error", onError).on("close", onClose);
  signal?.addEventListener("abort", wake, { once: true });
  // Seen once, with a socket that had been paused: data at hand, and no event. A socket that only waits loses nothing by it.
  const nudge = setInterval(() => {
    if (!socket.isPaused()) socket.pause().resume();
  }, nudgeMs);
  socket.resume();
  socket.write(queryMessage(statement));

  async function nextChange(): Promise<void> {
    await change.promise;
    change = Promise.withResolvers<void>();
  }

  return {
    isDone() {
      if (refusal !== undefined) throw refusal;
      if (decoder.isReady()) {
        const failure = decoder.failure();
        if (failure !== undefined) throw failure;
        return true;
      }
      if (lost !== undefined) throw lost;
      return false;
    },
    rows: () => decoder.rows(),
    change: nextChange,
    wake,
    async [Symbol.asyncDispose]() {
      signal?.removeEventListener("abort", wake);
      isDiscarding = true;
      socket.resume();
      if (!decoder.isReady() && lost === undefined) {
        const giveUp = setTimeout(() => socket.destroy(), cancelTimeoutMs);
        await lent.cancel();
        while (!decoder.isReady() && lost === undefined) await nextChange();
        clearTimeout(giveUp);
      }
      clearInterval(nudge);
      socket.off("data", onBytes).off("error", onError).off("close", onClose);
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
