import { BSON } from "mongodb";
import type { Document } from "mongodb";

/**
 * The two messages that a driver sends, and their answers, after the published layout: OP_MSG of
 * github.com/mongodb/specifications source/message/OP_MSG.md, OP_QUERY and OP_REPLY of the wire protocol's manual page.
 */
export const opcodes = { reply: 1, query: 2004, message: 2013 } as const;

export interface Request {
  readonly requestId: number;
  readonly opcode: number;
  readonly database: string;
  /** The command's name: the first key of its body. */
  readonly name: string;
  readonly body: Document;
  /** The body with every number as its own type, as it was sent. */
  readonly typed: Document;
  /** The documents of an insert, as their bytes. */
  readonly documents: readonly Uint8Array[];
  /** The indexes of createIndexes, as their bytes. */
  readonly indexes: readonly Uint8Array[];
  /** `moreToCome`: nobody waits for an answer. */
  readonly wantsAnswer: boolean;
}

const headerBytes = 16;
const checksumPresent = 1;
const moreToCome = 2;

/** Takes whole messages off the front; what is left waits for more. */
export function takeMessages(bytes: Buffer): {
  readonly requests: readonly Request[];
  readonly rest: Buffer;
} {
  const requests: Request[] = [];
  let at = 0;
  while (bytes.length - at >= headerBytes) {
    const length = bytes.readInt32LE(at);
    if (length < headerBytes || length > 48_000_000) throw new Error(`a message of ${length} bytes`);
    if (bytes.length - at < length) break;
    requests.push(readMessage(bytes.subarray(at, at + length)));
    at += length;
  }
  return { requests, rest: bytes.subarray(at) };
}

export function readMessage(message: Buffer): Request {
  const requestId = message.readInt32LE(4);
  const opcode = message.readInt32LE(12);
  if (opcode === opcodes.query) return readQuery(message, requestId);
  if (opcode !== opcodes.message) throw new Error(`opcode ${opcode} is not known`);
  const flags = message.readUInt32LE(headerBytes);
  const end = message.length - (flags & checksumPresent ? 4 : 0);
  let at = headerBytes + 4;
  let body: Buffer | null = null;
  const documents: Uint8Array[] = [];
  while (at < end) {
    const kind = message[at]!;
    const size = message.readInt32LE(at + 1);
    const payload = message.subarray(at + 1, at + 1 + size);
    if (kind === 0) body = payload;
    else if (kind === 1) documents.push(...readSequence(payload).documents);
    else throw new Error(`a section of kind ${kind}`);
    at += 1 + size;
  }
  if (body === null) throw new Error("a message without a body");
  return { ...readBody(body, documents), requestId, opcode, wantsAnswer: (flags & moreToCome) === 0 };
}

/** Payload type 1: its size, an identifier, documents one after the other. */
function readSequence(payload: Buffer): {
  readonly identifier: string;
  readonly documents: readonly Uint8Array[];
} {
  const nameEnd = payload.indexOf(0, 4);
  const documents: Uint8Array[] = [];
  let at = nameEnd + 1;
  while (at < payload.length) {
    const length = payload.readInt32LE(at);
    documents.push(payload.subarray(at, at + length));
    at += length;
  }
  return { identifier: payload.toString("utf8", 4, nameEnd), documents };
}

function readBody(
  body: Buffer,
  sequence: readonly Uint8Array[],
): Omit<Request, "requestId" | "opcode" | "wantsAnswer"> {
  const options = { fieldsAsRaw: { documents: true, indexes: true } } as const;
  const plain = BSON.deserialize(body, options);
  const typed = BSON.deserialize(body, { ...options, promoteValues: false, bsonRegExp: true });
  const inline: readonly Uint8Array[] = plain["documents"] ?? [];
  return {
    database: plain["$db"],
    name: Object.keys(plain)[0]!,
    body: plain,
    typed,
    documents: [...inline, ...sequence].map((each) => Buffer.from(each)),
    indexes: (plain["indexes"] ?? []).map((each: Uint8Array) => Buffer.from(each)),
  };
}

/** int32 flags, cstring collection, int32 skip, int32 number, document. Only a driver's first hello comes so. */
function readQuery(message: Buffer, requestId: number): Request {
  const nameEnd = message.indexOf(0, headerBytes + 4);
  const body = message.subarray(nameEnd + 9, nameEnd + 9 + message.readInt32LE(nameEnd + 9));
  const database = message.toString("utf8", headerBytes + 4, nameEnd).replace(/\.\$cmd$/, "");
  const read = readBody(body, []);
  return { ...read, database, requestId, opcode: opcodes.query, wantsAnswer: true };
}

/** An answer in the form in which it was asked. `document`: its bytes. */
export function writeAnswer(
  to: Pick<Request, "requestId" | "opcode">,
  document: Uint8Array,
  id: number,
): Buffer {
  const isReply = to.opcode === opcodes.query;
  const head = Buffer.alloc(isReply ? headerBytes + 20 : headerBytes + 5);
  head.writeInt32LE(head.length + document.length, 0);
  head.writeInt32LE(id, 4);
  head.writeInt32LE(to.requestId, 8);
  head.writeInt32LE(isReply ? opcodes.reply : opcodes.message, 12);
  // OP_REPLY: flags, cursor id, starting from, and how many documents: one. OP_MSG: flags, and the kind of its one section, 0.
  if (isReply) head.writeInt32LE(1, headerBytes + 16);
  return Buffer.concat([head, document]);
}

/** `{cursor: {id, ns, <batch>: documents}, ok: 1}` around documents that stay the bytes that they are. */
export function writeCursor(
  cursor: { readonly id: bigint; readonly ns: string; readonly batch: "firstBatch" | "nextBatch" },
  documents: readonly Uint8Array[],
): Buffer {
  const array = wrap(documents.map((each, at) => element(0x03, String(at), each)));
  const id = Buffer.alloc(8);
  id.writeBigInt64LE(cursor.id);
  const ns = Buffer.from(`${cursor.ns}\0`);
  const nsLength = Buffer.alloc(4);
  nsLength.writeInt32LE(ns.length);
  const ok = Buffer.alloc(8);
  ok.writeDoubleLE(1);
  return wrap([
    element(
      0x03,
      "cursor",
      wrap([
        element(0x12, "id", id),
        element(0x02, "ns", Buffer.concat([nsLength, ns])),
        element(0x04, cursor.batch, array),
      ]),
    ),
    element(0x01, "ok", ok),
  ]);
}

function element(type: number, name: string, value: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([type]), Buffer.from(`${name}\0`), value]);
}

function wrap(elements: readonly Buffer[]): Buffer {
  const length = Buffer.alloc(4);
  const whole = Buffer.concat([length, ...elements, Buffer.from([0])]);
  whole.writeInt32LE(whole.length, 0);
  return whole;
}

/** With `v: 2` before its own, as the server keeps an index. */
export function asIndex(bytes: Uint8Array): Buffer {
  const version = Buffer.alloc(4);
  version.writeInt32LE(2);
  const has = BSON.deserialize(bytes)["v"] !== undefined;
  const own = Buffer.from(bytes.subarray(4, bytes.length - 1));
  return wrap(has ? [own] : [element(0x10, "v", version), own]);
}
