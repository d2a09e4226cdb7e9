import { expect, test } from "bun:test";
import fc from "fast-check";
import { server } from "../../../src/wire/postgres/message-types.ts";
import { ServerReader } from "../../../src/wire/postgres/server-reader.ts";
import { commandComplete, errorResponse, message } from "../../../src/wire/postgres/write-server.ts";

const ready = message(server.readyForQuery, Buffer.from("I"));
const denial = errorResponse({ severity: "ERROR", code: "42501", message: "no" });

function read(pieces: readonly Uint8Array[]) {
  const sent: Uint8Array[] = [];
  const told: number[] = [];
  let isInvalid = false;
  const reader = new ServerReader({
    answer(type, bytes, from, to) {
      told.push(type);
      if (type !== server.errorResponse) return "pass";
      return Buffer.from(bytes.subarray(from, to)).includes("mark") ? denial : "pass";
    },
    toClient: (bytes) => void sent.push(Uint8Array.from(bytes)),
    invalidAnswer: () => (isInvalid = true),
  });
  reader.want(server.errorResponse, true);
  reader.want(server.readyForQuery, true);
  for (const piece of pieces) reader.push(piece);
  return {
    sent: Buffer.concat(sent).toString("latin1"),
    told,
    isInvalid,
    counts: JSON.stringify(reader),
    reader,
  };
}

const answers = fc.array(
  fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((row) => message(0x44, row)),
    fc.constant(commandComplete("SELECT 1")),
    fc.constant(ready),
    fc.constant(errorResponse({ severity: "ERROR", code: "42601", message: 'at or near "mark"' })),
    fc.constant(errorResponse({ severity: "ERROR", code: "42P01", message: "other" })),
  ),
  { maxLength: 12 },
);

test("however answers are cut, an answer that is replaced is, and all else is as it was", () => {
  fc.assert(
    fc.property(answers, fc.array(fc.nat(), { maxLength: 30 }), (all, places) => {
      const bytes = Buffer.concat(all);
      const ends = [
        ...new Set([...places.map((place) => place % (bytes.length + 1)), bytes.length]),
      ].toSorted((one, other) => one - other);
      const pieces = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
      const expected = all.map((each) => (Buffer.from(each).includes("mark") ? denial : each));
      const cut = read(pieces);
      expect(cut.sent).toBe(Buffer.concat(expected).toString("latin1"));
      expect(cut.reader.isAtBoundary()).toBe(true);
      expect({ told: cut.told, counts: cut.counts }).toEqual(
        (({ told, counts }) => ({ told, counts }))(read([bytes])),
      );
    }),
  );
});

test("in the middle of a message nothing may be put in between", () => {
  const { reader } = read([ready.subarray(0, 3)]);
  expect(reader.isAtBoundary()).toBe(false);
  const passing = read([message(0x44, new Uint8Array(100)).subarray(0, 50)]);
  expect(passing.reader.isAtBoundary()).toBe(false);
});

test("of a long message that is looked at the beginning is read; what is left goes with it, or is dropped with it", () => {
  const text = "x".repeat(200_000);
  const passing = errorResponse({ severity: "ERROR", code: "XX000", message: "other", detail: text });
  const replaced = errorResponse({ severity: "ERROR", code: "42601", message: "mark", detail: text });
  const all = Buffer.concat([passing, replaced, ready]);
  const expected = Buffer.concat([passing, denial, ready]).toString("latin1");
  for (const step of [1000, 65_536, all.length]) {
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < all.length; at += step) pieces.push(all.subarray(at, at + step));
    expect(read(pieces).sent === expected).toBe(true);
  }
});

test("a length that cannot be ends the reading", () => {
  expect(read([Buffer.from([0x44, 0, 0, 0, 3])]).isInvalid).toBe(true);
  expect(read([Buffer.from([server.errorResponse, 0xff, 0xff, 0xff, 0xff])]).isInvalid).toBe(true);
});
