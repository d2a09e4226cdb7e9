import { expect, test } from "bun:test";
import { Socket } from "node:net";
import fc from "fast-check";
import { cancelRequest, watchBackendKey } from "../../src/postgres/backend-key.ts";

const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });

function message(type: string, body: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 0, "latin1");
  head.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

test("the key of a session's start is found wherever it is cut, and asked for in a cancel request", () => {
  fc.assert(
    fc.property(
      uint32,
      fc.uint8Array({ minLength: 4, maxLength: 32 }),
      fc.integer({ min: 1, max: 40 }),
      (pid, secret, cut) => {
        const number = Buffer.alloc(4);
        number.writeUInt32BE(pid);
        const start = Buffer.concat([
          message("R", Buffer.alloc(4)),
          message("S", Buffer.from("K\0Z\0")),
          message("K", Buffer.concat([number, secret])),
          message("Z", Buffer.from("I")),
        ]);
        const socket = new Socket();
        const key = watchBackendKey(socket);
        for (let at = 0; at < start.length; at += cut) socket.emit("data", start.subarray(at, at + cut));
        expect(socket.listenerCount("data")).toBe(0);
        const found = key();
        expect(found?.processId).toBe(pid);
        const request = found === undefined ? Buffer.alloc(0) : cancelRequest(found);
        expect(request.readUInt32BE(0)).toBe(request.length);
        expect(request.readUInt32BE(4)).toBe(80877102);
        expect(request.subarray(8).equals(Buffer.concat([number, secret]))).toBe(true);
        socket.destroy();
      },
    ),
  );
});
