import { headerBytes, opcodes } from "./opcodes.ts";

/** An answer of one document, in the form in which it was asked: OP_MSG, or OP_REPLY to an OP_QUERY. */
export function writeReply(
  to: { readonly requestId: number; readonly opcode: number },
  document: Buffer,
): Buffer {
  const isReply = to.opcode === opcodes.query;
  const head = Buffer.alloc(headerBytes + (isReply ? 20 : 5));
  head.writeInt32LE(head.length + document.length, 0);
  head.writeInt32LE(to.requestId, 8);
  head.writeInt32LE(isReply ? opcodes.reply : opcodes.message, 12);
  // OP_REPLY: flags, cursor id, starting from, and how many documents: one. OP_MSG: flags, and the kind of its one section, 0.
  if (isReply) head.writeInt32LE(1, headerBytes + 16);
  return Buffer.concat([head, document]);
}
