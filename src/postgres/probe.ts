import type { Host } from "./connection-settings.ts";
import { sslRequest } from "./negotiate-tls.ts";
import { openSocket } from "./open-socket.ts";
import { firstOf } from "./socket-events.ts";

/** Asks whoever listens there whether it speaks TLS, as a client would. Nothing when it does not answer as PostgreSQL does. */
export async function offersTls(
  host: Host,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  const deadline = AbortSignal.any([AbortSignal.timeout(timeoutMs), signal]);
  try {
    const socket = await openSocket(host, deadline, undefined);
    try {
      socket.write(sslRequest);
      const answer = await firstOf(socket, "data", deadline);
      const byte = Buffer.isBuffer(answer) ? answer[0] : undefined;
      return byte === 0x53 ? true : byte === 0x4e ? false : undefined;
    } finally {
      socket.on("error", () => undefined);
      socket.destroy();
    }
  } catch {
    // Nobody there, or nobody that answers: that is the answer.
    return undefined;
  }
}
