import { connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";

/** A TCP proxy that ends every connection of a client's in the middle: once something that matches was sent, and was answered. */
export interface CuttingProxy extends AsyncDisposable {
  readonly port: number;
  /** Cuts after the nth match from now on; 0: never. */
  cutAfter(nth: number): void;
  /** Matches since. */
  seen(): number;
}

export async function startCuttingProxy(upstreamPort: number, matching: RegExp): Promise<CuttingProxy> {
  let cut = 0;
  let seen = 0;
  const server = createServer((client) => {
    const upstream = connect(upstreamPort, "127.0.0.1");
    let isDue = false;
    const end = (): void => {
      client.destroy();
      upstream.destroy();
    };
    client.on("data", (chunk: Buffer) => {
      for (const _match of chunk.toString("latin1").matchAll(matching)) {
        seen += 1;
        if (seen === cut) isDue = true;
      }
      upstream.write(chunk);
    });
    upstream.on("data", (chunk: Buffer) => {
      // The server has done it; the client never learns.
      if (isDue) end();
      else client.write(chunk);
    });
    for (const socket of [client, upstream]) socket.on("close", end).on("error", end);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    cutAfter(nth) {
      cut = nth;
      seen = 0;
    },
    seen: () => seen,
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
