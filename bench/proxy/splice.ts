/**
 * The limit that a proxy of Bun's sockets has: what comes on one side is written to the other, and nothing is read of it.
 * `splice.ts PORT SERVER`: both on the loopback.
 */

import type { Socket } from "bun";

interface Side {
  other: Socket<Side> | null;
  early: Uint8Array[];
}

const [port, server] = process.argv.slice(2).map(Number);
if (port === undefined || server === undefined) throw new Error("splice.ts PORT SERVER");

/** What a socket does not take is dropped: pgbench waits for its answers, and nothing is ever longer than a socket takes. */
const forward = {
  data({ data }: Socket<Side>, bytes: Uint8Array): void {
    if (data.other === null) data.early.push(bytes);
    else if (data.other.write(bytes) !== bytes.length) throw new Error("more than a socket takes");
  },
  close({ data }: Socket<Side>): void {
    data.other?.end();
  },
};

Bun.listen<Side>({
  hostname: "127.0.0.1",
  port,
  socket: {
    ...forward,
    open(client) {
      client.data = { other: null, early: [] };
      void Bun.connect<Side>({
        hostname: "127.0.0.1",
        port: server,
        data: { other: client, early: [] },
        socket: {
          ...forward,
          open(dialled) {
            for (const bytes of client.data.early) dialled.write(bytes);
            client.data = { other: dialled, early: [] };
          },
        },
      });
    },
  },
});
