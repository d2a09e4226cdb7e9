import { asElement, documentLength, elementsOf, MalformedBson, textOf } from "./bson.ts";
import type { Element } from "./bson.ts";
import { flags, headerBytes, opcodes } from "./opcodes.ts";

/** A command as its server takes it. */
export interface Command {
  /** The first key of its body. */
  readonly name: string;
  /** `$db`, or of an OP_QUERY what stands before `.$cmd`; empty where it is missing. */
  readonly database: string;
  readonly body: Element;
  /** Where the body begins in the message. */
  readonly bodyAt: number;
  /** Payload of kind 1: documents by the name of the field that they are. */
  readonly sequences: ReadonlyMap<string, readonly Element[]>;
  /** Only its name is known: the rest of the body was not seen. */
  readonly isCut: boolean;
}

/** What a client sent. */
export interface Message {
  readonly opcode: number;
  readonly requestId: number;
  /** `moreToCome`: nobody waits for an answer. */
  readonly wantsAnswer: boolean;
  /** Null: it is no command, or cannot be read. */
  readonly command: Command | null;
  /** All of it was seen. */
  readonly isWhole: boolean;
}

/** No more documents of a sequence than a server takes in one batch. */
const mostDocuments = 100_000;

/** Reads a message of which the first bytes, all where `isWhole`, are there. Never throws. */
export function readMessage(bytes: Buffer, isWhole: boolean): Message {
  const opcode = bytes.readInt32LE(12);
  const isMessage = opcode === opcodes.message && bytes.length >= headerBytes + 4;
  const wantsAnswer = isMessage
    ? (bytes.readUInt32LE(headerBytes) & flags.moreToCome) === 0
    : opcode === opcodes.query || opcode === opcodes.command || opcode === opcodes.getMore;
  const base = { opcode, requestId: bytes.readInt32LE(4), wantsAnswer, isWhole };
  try {
    if (isMessage) return { ...base, command: readSections(bytes, isWhole) };
    return { ...base, command: opcode === opcodes.query ? readQuery(bytes) : null };
  } catch (error) {
    if (error instanceof MalformedBson) return { ...base, command: null };
    throw error;
  }
}

/** Sections in any order, exactly one of kind 0. Of a message that is not whole, those that are. */
function readSections(bytes: Buffer, isWhole: boolean): Command | null {
  const flagBits = bytes.readUInt32LE(headerBytes);
  // Flags that must be known, and are not.
  if ((flagBits & 0xfffc) !== 0) return null;
  const end = isWhole && (flagBits & flags.checksumPresent) !== 0 ? bytes.length - 4 : bytes.length;
  const sequences = new Map<string, Element[]>();
  let bodyAt = -1;
  let at = headerBytes + 4;
  while (at < end) {
    const kind = bytes[at];
    const size = at + 5 <= end ? bytes.readInt32LE(at + 1) : null;
    if (size !== null && size < 5) return null;
    if (size === null || at + 1 + size > end) {
      if (isWhole) return null;
      // Behind what was seen there may be a second body: servers refuse that.
      if (bodyAt >= 0) break;
      return kind === 0 ? readName(bytes, at + 1, sequences) : null;
    }
    if (kind === 0) {
      if (bodyAt >= 0) return null;
      bodyAt = at + 1;
    } else if (kind === 1) readSequence(bytes, at + 1, at + 1 + size, sequences);
    else return null;
    at += 1 + size;
  }
  if (bodyAt < 0) return null;
  return readBody(bytes, bodyAt, bodyAt + documentLength(bytes, bodyAt, end), sequences);
}

/** Its size, an identifier, documents one after the other. */
function readSequence(bytes: Buffer, start: number, end: number, sequences: Map<string, Element[]>): void {
  const nameEnd = bytes.indexOf(0, start + 4);
  if (nameEnd < 0 || nameEnd >= end) throw new MalformedBson("a sequence without a name");
  const name = bytes.toString("utf8", start + 4, nameEnd);
  const documents = sequences.get(name) ?? [];
  for (let at = nameEnd + 1; at < end;) {
    const length = documentLength(bytes, at, end);
    documents.push(asElement(bytes, at, at + length));
    if (documents.length > mostDocuments) throw new MalformedBson("too many documents");
    at += length;
  }
  sequences.set(name, documents);
}

function readBody(
  bytes: Buffer,
  bodyAt: number,
  bodyEnd: number,
  sequences: Command["sequences"],
  database?: string,
): Command | null {
  let name: string | null = null;
  let db = database ?? "";
  const names = new Set<string>();
  for (const each of elementsOf(bytes, bodyAt, bodyEnd)) {
    // Which of two counts only the server knows.
    if (names.has(each.name)) throw new MalformedBson(`two of ${each.name}`);
    names.add(each.name);
    name ??= each.name;
    if (each.name === "$db" && database === undefined) db = textOf(each) ?? "";
  }
  if (name === null) return null;
  return { name, database: db, body: asElement(bytes, bodyAt, bodyEnd), bodyAt, sequences, isCut: false };
}

const emptyDocument = Buffer.from([5, 0, 0, 0, 0]);

/** What is known of a command whose body ends behind what was seen. */
function readName(bytes: Buffer, bodyAt: number, sequences: Command["sequences"]): Command | null {
  const nameEnd = bytes.indexOf(0, bodyAt + 5);
  if (nameEnd < 0) return null;
  const name = bytes.toString("utf8", bodyAt + 5, nameEnd);
  return { name, database: "", body: asElement(emptyDocument, 0, 5), bodyAt, sequences, isCut: true };
}

/** int32 flags, cstring collection, int32 skip, int32 number, document: a command where the collection is `$cmd`. */
function readQuery(bytes: Buffer): Command | null {
  const nameEnd = bytes.indexOf(0, headerBytes + 4);
  if (nameEnd < 0 || nameEnd + 14 > bytes.length) return null;
  const collection = bytes.toString("utf8", headerBytes + 4, nameEnd);
  if (!collection.endsWith(".$cmd")) return null;
  const at = nameEnd + 9;
  return readBody(
    bytes,
    at,
    at + documentLength(bytes, at, bytes.length),
    new Map(),
    collection.slice(0, -5),
  );
}
