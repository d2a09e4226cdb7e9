import { expect, test } from "bun:test";
import { BSON } from "mongodb";
import { startMongoPeer } from "../../../support/mongo-peer.ts";
import { readMessage, takeMessages, writeAnswer, writeCursor } from "../../../support/mongo-peer/messages.ts";

// The peer's bytes, against the layout of source/message/OP_MSG.md (github.com/mongodb/specifications), which gives its example as JSON and
// no bytes: they are spelled out here field by field, the documents as bsonspec.org has them, by nobody's encoder.

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ""), "hex");

/** The specification's example: an insert of three documents as payload type 1. */
const insert = hex(`
  ef000000 07000000 00000000 dd070000
  00000000
  00
    59000000
    02 696e7365727400 0f000000 636f6c6c656374696f6e4e616d6500
    02 24646200 0d000000 64617461626173654e616d6500
    03 7772697465436f6e6365726e00 15000000 02 7700 09000000 6d616a6f7269747900 00
    00
  01
    80000000 646f63756d656e747300
    26000000 02 5f696400 0b000000 446f63756d656e74233100 10 6578616d706c6500 01000000 00
    26000000 02 5f696400 0b000000 446f63756d656e74233200 10 6578616d706c6500 02000000 00
    26000000 02 5f696400 0b000000 446f63756d656e74233300 10 6578616d706c6500 03000000 00
`);

test("an insert with a document sequence, in either order of its sections, cut anywhere", () => {
  const sections = [insert.subarray(20, 20 + 1 + 0x59), insert.subarray(20 + 1 + 0x59)];
  const turned = Buffer.concat([insert.subarray(0, 20), sections[1]!, sections[0]!]);
  for (const message of [insert, turned]) {
    const read = readMessage(message);
    expect([read.name, read.database, read.requestId]).toEqual(["insert", "databaseName", 7]);
    expect(read.documents.map((each) => BSON.deserialize(each)["example"])).toEqual([1, 2, 3]);
  }
  for (let at = 0; at < insert.length; at += 1) {
    const first = takeMessages(insert.subarray(0, at));
    expect(first.requests).toEqual([]);
    expect(takeMessages(Buffer.concat([first.rest, insert.subarray(at)])).requests).toHaveLength(1);
  }
});

test("an answer: its header, no flags, one section of kind 0", () => {
  const hello = hex("16000000 02 68656c6c6f00 06000000 776f726c6400 00");
  expect(writeAnswer({ requestId: 7, opcode: 2013 }, hello, 9).toString("hex")).toBe(
    hex("2b000000 09000000 07000000 dd070000 00000000 00").toString("hex") + hello.toString("hex"),
  );
  expect(writeAnswer({ requestId: 7, opcode: 2004 }, hello, 9).toString("hex")).toBe(
    hex("3a000000 09000000 07000000 01000000 00000000 0000000000000000 00000000 01000000").toString("hex") +
      hello.toString("hex"),
  );
});

test("a cursor's batch holds the documents' own bytes", () => {
  const hello = hex("16000000 02 68656c6c6f00 06000000 776f726c6400 00");
  const cursor = writeCursor({ id: 0n, ns: "a.b", batch: "firstBatch" }, [hello]);
  expect(cursor.includes(hello)).toBe(true);
  expect(BSON.deserialize(cursor)).toMatchObject({
    cursor: { ns: "a.b", firstBatch: [{ hello: "world" }] },
    ok: 1,
  });
});

test("the real driver speaks to it", async () => {
  await using peer = await startMongoPeer();
  const client = await peer.connect();
  const collection = client.db("d").collection("c");
  await collection.insertMany(Array.from({ length: 250 }, (_, at) => ({ at })));
  expect(await collection.find({}).toArray()).toHaveLength(250);
  await expect(client.db("d").command({ nothing: 1 })).rejects.toThrow("no such command");
  await client.db("admin").command({ renameCollection: "d.c", to: "e.c" });
  expect(await client.db("e").collection("c").find({}).toArray()).toHaveLength(250);
});
