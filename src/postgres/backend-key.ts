import type { Socket } from "node:net";

/** What a CancelRequest names: the server process of a connection and its secret. */
export interface BackendKey {
  readonly processId: number;
  readonly secret: Buffer;
}

/**
 * Reads along the start of a session until its BackendKeyData, which the client library keeps to itself; needed to
 * cancel what runs when the user interrupts. Returns the key as far as it is known.
 */
export function watchBackendKey(socket: Socket): () => BackendKey | undefined {
  let key: BackendKey | undefined;
  let pending = Buffer.alloc(0);
  const read = (chunk: Buffer): void => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 5) {
      const type = pending[0];
      const length = pending.readUInt32BE(1);
      if (pending.length < length + 1) return;
      if (type === 0x4b)
        key = { processId: pending.readUInt32BE(5), secret: Buffer.from(pending.subarray(9, length + 1)) };
      if (type === 0x5a) {
        socket.off("data", read);
        return;
      }
      pending = pending.subarray(length + 1);
    }
  };
  socket.on("data", read);
  return () => key;
}

/** CancelRequest: https://www.postgresql.org/docs/18/protocol-message-formats.html */
export function cancelRequest(key: BackendKey): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt32BE(12 + key.secret.length, 0);
  head.writeUInt32BE(80877102, 4);
  // Poolers make up numbers of all 32 bits.
  head.writeUInt32BE(key.processId, 8);
  return Buffer.concat([head, key.secret]);
}
