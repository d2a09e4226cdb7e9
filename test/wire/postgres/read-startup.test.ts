import { expect, test } from "bun:test";
import fc from "fast-check";
import { readStartup, startupLength } from "../../../src/wire/postgres/read-startup.ts";

function packet(code: number, body: Uint8Array = new Uint8Array(0)): Buffer {
  const head = Buffer.alloc(8);
  head.writeInt32BE(8 + body.length);
  head.writeInt32BE(code, 4);
  return Buffer.concat([head, body]);
}

const version = (major: number, minor: number): number => (major << 16) | minor;

test("a StartupMessage of any minor version is read in the order of its parameters, the last of a name counting", () => {
  const body = Buffer.from("user\0dba\0options\0-c role=x\0user\0app\0_pq_.y\0 1\0\0");
  for (const minor of [0, 2, 9999]) {
    const read = readStartup(packet(version(3, minor), body));
    expect(read).toMatchObject({ type: "startup", minor });
    expect(read.type === "startup" ? [...read.parameters] : []).toEqual([
      ["options", "-c role=x"],
      ["user", "app"],
      ["_pq_.y", " 1"],
    ]);
  }
});

test("requests for encryption are eight bytes, cancel keys 4 to 256", () => {
  expect(readStartup(packet(80_877_103)).type).toBe("ssl-request");
  expect(readStartup(packet(80_877_104)).type).toBe("gssenc-request");
  expect(readStartup(packet(80_877_103, Buffer.from("x"))).type).toBe("invalid");
  expect(readStartup(packet(80_877_102, Buffer.alloc(8)))).toEqual({ type: "cancel", key: "\0".repeat(8) });
  expect(readStartup(packet(80_877_102, Buffer.alloc(260))).type).toBe("cancel");
  expect(readStartup(packet(80_877_102, Buffer.alloc(7))).type).toBe("invalid");
  expect(readStartup(packet(80_877_102, Buffer.alloc(261))).type).toBe("invalid");
});

test("what ends too early, goes on behind its end, or is of another version is invalid", () => {
  for (const body of ["user\0dba\0", "user\0dba", "user\0", "user\0dba\0\0x", ""])
    expect(readStartup(packet(version(3, 0), Buffer.from(body))).type).toBe("invalid");
  expect(readStartup(packet(version(2, 0), Buffer.alloc(288)))).toEqual({
    type: "invalid",
    reason: "protocol version 2.0",
  });
  expect(startupLength(Buffer.from([0, 0, 0]))).toBeNull();
  expect(startupLength(Buffer.from([0, 0, 0x27, 0x11]))).toBe(0);
  expect(startupLength(Buffer.from([0, 0, 0, 7]))).toBe(0);
});

test("nothing that is read as a packet makes the reader throw", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 8, maxLength: 300 }),
      fc.constantFrom(3 << 16, 80_877_102, 0),
      (bytes, code) => {
        const view = Buffer.from(bytes);
        if (code !== 0) view.writeInt32BE(code, 4);
        expect(readStartup(view).type).toBeString();
      },
    ),
  );
});
