import { mkdtemp, rm } from "node:fs/promises";
import { createConnection, createServer } from "node:net";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { socketPath } from "../../src/postgres/hosts.ts";
import type { ConnectionSettings } from "../../src/postgres/settings.ts";

const copyData = 0x64;

/** A listener in front of a server that joins the CopyData messages of an answer, two into one, as the protocol allows. */
export async function startMergingProxy(
  settings: ConnectionSettings,
): Promise<AsyncDisposable & { readonly settings: ConnectionSettings }> {
  const folder = await mkdtemp(join(tmpdir(), "merging-proxy-"));
  const [host] = settings.hosts;
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = createConnection({ path: socketPath(host!.host, host!.port) });
    for (const socket of [near, far]) sockets.add(socket.on("error", () => undefined));
    near.pipe(far);
    const merge = createMerger();
    far.on("data", (chunk: Buffer) => void near.write(merge(chunk)));
    far.on("end", () => near.end());
  });
  await new Promise<void>((resolve) => server.listen(socketPath(folder, host!.port), resolve));
  return {
    settings: { ...settings, hosts: [{ host: folder, port: host!.port }] },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function createMerger(): (chunk: Buffer) => Buffer {
  let pending = Buffer.alloc(0);
  let held: Buffer | undefined;
  return (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    const out: Buffer[] = [];
    while (pending.length >= 5 && pending.length > pending.readUInt32BE(1)) {
      const end = 1 + pending.readUInt32BE(1);
      const message = pending.subarray(0, end);
      pending = pending.subarray(end);
      if (message[0] !== copyData) {
        if (held !== undefined) out.push(held);
        held = undefined;
        out.push(message);
      } else if (held === undefined) held = message;
      else {
        const joined = Buffer.concat([held, message.subarray(5)]);
        joined.writeUInt32BE(joined.length - 1, 1);
        out.push(joined);
        held = undefined;
      }
    }
    return Buffer.concat(out);
  };
}
