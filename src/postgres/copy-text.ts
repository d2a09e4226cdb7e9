import type { Session } from "./connect.ts";
import { explainServerError } from "./explain-error.ts";
import { InterruptedError } from "../errors.ts";

/**
 * The bytes of `COPY … TO STDOUT`, text or binary: rows may be cut across chunks. The server waits while the caller
 * does. Leaving the loop early cancels the statement and keeps the session usable (an open transaction is then in its
 * failed state). Throws `OpsError`, or `InterruptedError` when the signal fires.
 */
export async function* copyOut(
  session: Session,
  statement: string,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const query = session.sql.unsafe(statement);
  const cancel = (): void => query.cancel();
  signal?.addEventListener("abort", cancel, { once: true });
  let isWhole = false;
  try {
    if (signal?.aborted) throw new InterruptedError();
    const stream = await query.readable();
    try {
      for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
        if (signal?.aborted) throw new InterruptedError();
        yield chunk;
      }
      isWhole = true;
    } finally {
      if (!isWhole && !stream.destroyed) {
        query.cancel();
        await drained(stream);
      }
    }
  } catch (error) {
    if (error instanceof InterruptedError || signal?.aborted) throw new InterruptedError();
    throw explainServerError(error, "reading by COPY");
  } finally {
    signal?.removeEventListener("abort", cancel);
  }
}

/** Reads what is still on its way, so that the connection is free again. */
async function drained(stream: NodeJS.ReadableStream): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  stream.on("error", () => resolve());
  stream.on("end", () => resolve());
  stream.on("close", () => resolve());
  stream.resume();
  await promise;
}
