import type { ClientTls } from "../transport/client-tls.ts";
import type { DialledConnection } from "../transport/transport.ts";

/** `startTls`, given up when the signal fires. */
export async function beginTls(
  connection: DialledConnection,
  tls: ClientTls,
  signal: AbortSignal,
): Promise<DialledConnection> {
  const onAbort = (): void => connection.destroy();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    signal.throwIfAborted();
    return await connection.startTls(tls);
  } catch (error) {
    connection.destroy();
    throw error;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
