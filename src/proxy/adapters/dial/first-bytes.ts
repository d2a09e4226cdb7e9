import { tlsFailed } from "../transport/explain-network.ts";
import type { DialledConnection } from "../transport/transport.ts";

/**
 * What a server says first, at least until `isWhole`. Rejects with `tls-failed` when it closes instead, and with the signal's reason; the
 * connection is destroyed then.
 */
export async function firstBytes(
  connection: DialledConnection,
  isWhole: (bytes: Uint8Array) => boolean,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  let got: Uint8Array = new Uint8Array(0);
  const onAbort = (): void => reject(signal.reason);
  const onClosed = (): void =>
    reject(tlsFailed(connection.peer, "the server closed the connection at its start"));
  connection.handle({
    data(bytes) {
      got = got.length === 0 ? bytes : Buffer.concat([got, bytes]);
      if (isWhole(got)) resolve(got);
    },
    drained: () => undefined,
    ended: onClosed,
    closed: onClosed,
  });
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await promise;
  } catch (error) {
    connection.destroy();
    throw error;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
