import { afterAll } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { connect as dial, createServer } from "node:net";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConnectionSettings } from "../../src/postgres/settings.ts";

/** A way to a server that breaks at one statement, as a machine that dies would break it. */
export interface StatementCutter {
  readonly settings: ConnectionSettings;
  /** From now on all connections end at the nth statement (from 1): before it is sent, or right after, when nobody hears the answer. */
  cutAt(statement: number, when: "before" | "after"): void;
  /** Statements since the last `cutAt`; whether one of them was cut. */
  readonly count: number;
  readonly isCut: boolean;
}

/** In front of a server's Unix socket. Statements are the messages Query and Parse of the protocol, of all connections together. */
export async function startStatementCutter(settings: ConnectionSettings): Promise<StatementCutter> {
  const folder = await mkdtemp(join(tmpdir(), "statement-cutter-"));
  const [host] = settings.hosts;
  const state = { at: Infinity, when: "before", count: 0, isCut: false };
  const open = new Set<Socket>();
  const cut = (): void => {
    state.isCut = true;
    for (const socket of open) socket.destroy();
  };
  const server = createServer((client) => {
    const upstream = dial(join(host!.host, `.s.PGSQL.${host!.port}`));
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        open.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    upstream.on("data", (bytes) => client.write(bytes));
    let pending = Buffer.alloc(0);
    let isStarted = false;
    client.on("data", (bytes: Buffer) => {
      pending = Buffer.concat([pending, bytes]);
      for (;;) {
        const head = isStarted ? 1 : 0;
        if (pending.length < head + 4) return;
        const end = head + pending.readInt32BE(head);
        if (pending.length < end) return;
        const message = pending.subarray(0, end);
        pending = pending.subarray(end);
        const isStatement = isStarted && (message[0] === 0x51 || message[0] === 0x50);
        isStarted = true;
        if (isStatement) state.count += 1;
        const isTime = isStatement && state.count === state.at;
        if (isTime && state.when === "before") return cut();
        upstream.write(message);
        if (isTime) {
          // What follows a Parse belongs to it.
          if (pending.length > 0) upstream.write(pending);
          upstream.end();
          return cut();
        }
      }
    });
  });
  await new Promise<void>((listening) => server.listen(join(folder, ".s.PGSQL.5432"), listening));
  afterAll(async () => {
    server.close();
    await rm(folder, { recursive: true, force: true });
  });
  return {
    settings: { ...settings, hosts: [{ host: folder, port: 5432 }] },
    cutAt(statement, when) {
      Object.assign(state, { at: statement, when, count: 0, isCut: false });
    },
    get count() {
      return state.count;
    },
    get isCut() {
      return state.isCut;
    },
  };
}
