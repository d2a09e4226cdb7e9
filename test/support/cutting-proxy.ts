import { mkdtemp, rm } from "node:fs/promises";
import { createConnection, createServer } from "node:net";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { socketPath } from "../../src/postgres/hosts.ts";
import type { ConnectionSettings } from "../../src/postgres/settings.ts";

/**
 * Where a connection is cut at its COMMIT. `unsent`: the server never gets it. `unanswered`: the server has done it, the client never
 * hears. `late`: the client hears nothing, and the server gets it only when `deliver` is called.
 */
export type Cut = "unsent" | "unanswered" | "late";

export interface CuttingProxy extends AsyncDisposable {
  readonly settings: ConnectionSettings;
  /** The next COMMIT of whoever connects here. Resolves when it was cut. */
  cutNext(cut: Cut): Promise<void>;
  deliver(): void;
  /** Nobody gets through until it is called with false; connections that stand are closed. */
  close(isClosed: boolean): void;
}

/** The whole message: a startup packet names synchronous_commit, too. */
const commit = Buffer.from("Q\0\0\0\x0bcommit\0", "latin1");

/** A listener in front of a server, which cuts connections at the worst moment. */
export async function startCuttingProxy(settings: ConnectionSettings): Promise<CuttingProxy> {
  const folder = await mkdtemp(join(tmpdir(), "cutting-proxy-"));
  const [host] = settings.hosts;
  const sockets = new Set<Socket>();
  let next: { readonly cut: Cut; done(): void } | null = null;
  let held: (() => void) | null = null;
  let isClosed = false;
  const server = createServer((near) => {
    sockets.add(near.on("error", () => undefined));
    if (isClosed) return void near.destroy();
    const far = createConnection({ path: socketPath(host!.host, host!.port) });
    sockets.add(far.on("error", () => undefined));
    let cut: Cut | null = null;
    near.on("data", (chunk: Buffer) => {
      const at = next === null ? -1 : chunk.indexOf(commit);
      if (next === null || at < 0) return void far.write(chunk);
      cut = next.cut;
      const { done } = next;
      next = null;
      if (cut === "unanswered") {
        far.write(chunk);
        // What it answers to the commit is a CommandComplete.
        const seen: Buffer[] = [];
        far.on("data", (answer: Buffer) => {
          seen.push(answer);
          if (!Buffer.concat(seen).includes("COMMIT\0")) return;
          near.destroy();
          far.destroy();
          done();
        });
        return;
      }
      far.write(chunk.subarray(0, at));
      if (cut === "unsent") far.end();
      else held = () => void far.write(chunk.subarray(at));
      near.destroy();
      done();
    });
    far.on("data", (chunk: Buffer) => {
      if (cut === null) near.write(chunk);
    });
    near.on("end", () => {
      if (cut !== "late") far.end();
    });
    far.on("end", () => near.end());
    near.on("close", () => {
      if (cut !== "late") far.destroy();
    });
    far.on("close", () => near.destroy());
  });
  await new Promise<void>((resolve) => server.listen(socketPath(folder, host!.port), resolve));
  return {
    settings: { ...settings, hosts: [{ host: folder, port: host!.port }] },
    cutNext(cut) {
      const { promise, resolve } = Promise.withResolvers<void>();
      next = { cut, done: resolve };
      return promise;
    },
    deliver: () => held?.(),
    close(closed) {
      isClosed = closed;
      if (closed) for (const socket of sockets) socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
