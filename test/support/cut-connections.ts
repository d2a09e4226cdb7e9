import { connect, createServer } from "node:net";
import type { Socket } from "node:net";
import { once } from "node:events";
import { rmSync } from "node:fs";

/** Stands before a server's socket and ends every connection, for good, in the middle of the nth piece that a client sends. */
export interface ConnectionCutter extends AsyncDisposable {
  readonly socket: string;
  /** From now on; null: never. */
  cutAt(piece: number | null): void;
  hasCut(): boolean;
}

export async function startConnectionCutter(upstream: string, socket: string): Promise<ConnectionCutter> {
  let left: number | null = null;
  let isCut = false;
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const behind = connect(upstream);
    for (const each of [client, behind]) {
      open.add(each);
      each.on("error", () => undefined);
      each.on("close", () => {
        open.delete(each);
        client.destroy();
        // What was sent on before arrives.
        behind.end();
      });
    }
    behind.pipe(client);
    client.on("data", (piece: Buffer) => {
      if (left !== null && --left <= 0) {
        // Half of a pipeline arrives; what of it is whole is done.
        if (!isCut) behind.end(piece.subarray(0, Math.ceil(piece.length / 2)));
        isCut = true;
        for (const each of open) if (each !== behind) each.destroy();
        return;
      }
      if (!isCut) behind.write(piece);
    });
  });
  server.listen(socket);
  await once(server, "listening");
  return {
    socket,
    cutAt(piece) {
      left = piece;
      isCut = false;
    },
    hasCut: () => isCut,
    async [Symbol.asyncDispose]() {
      for (const each of open) each.destroy();
      server.close();
      rmSync(socket, { force: true });
    },
  };
}
