import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { until } from "../support/serving-processes.ts";
import { startWirePostgres } from "../support/wire-postgres.ts";

const { scene } = await startWirePostgres();
const open = (): number => readdirSync(`/proc/${scene.proxy.pid}/fd`).length;

async function connected(): Promise<Socket> {
  const socket = connect(scene.portOf("plain"), "127.0.0.1").on("error", () => undefined);
  await new Promise((resolve) => socket.once("connect", resolve));
  return socket;
}

// As load balancers look whether a port is open.
test.each([
  ["nothing", []],
  ["half a start-up packet", [0, 0, 0, 80, 0, 3, 0]],
  ["a request for encryption", [0, 0, 0, 8, 4, 210, 22, 47]],
  ["half a TLS handshake", [0x16, 3, 1, 2, 0, 1, 0, 1, 252]],
])(
  "who says %s and goes away leaves no connection behind",
  async (_, said) => {
    const before = open();
    const sockets = await Promise.all(Array.from({ length: 60 }, connected));
    for (const socket of sockets) if (said.length > 0) socket.write(Buffer.from(said));
    await until(() => open() >= before + 40, "they are let in");
    for (const socket of sockets) socket.end();
    await until(() => open() < before + 20, "they are gone");
    expect(open()).toBeLessThan(before + 20);
    for (const socket of sockets) socket.destroy();
  },
  30_000,
);
