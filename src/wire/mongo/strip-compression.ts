import { elementsIn } from "./bson.ts";
import type { Command } from "./read-message.ts";
import { flags, headerBytes, opcodes } from "./opcodes.ts";

/**
 * A hello without the compressors that its client offers, so that none is agreed on and every message can be read. The message itself where it offers
 * none. A checksum, which would no longer hold, is left out.
 */
export function stripCompression(message: Buffer, { body, bodyAt }: Command): Buffer {
  const offers = [...elementsIn(body)].filter(({ name }) => name === "compression");
  if (offers.length === 0) return message;
  const kept: Buffer[] = [];
  let from = 0;
  let removed = 0;
  for (const { at, end } of offers) {
    // Its type and its name stand before its value.
    const start = at - "compression".length - 2;
    kept.push(message.subarray(from, start));
    removed += end - start;
    from = end;
  }
  const isMessage = message.readInt32LE(12) === opcodes.message;
  const hasChecksum = isMessage && (message.readUInt32LE(headerBytes) & flags.checksumPresent) !== 0;
  kept.push(message.subarray(from, hasChecksum ? message.length - 4 : message.length));
  const stripped = Buffer.concat(kept);
  stripped.writeInt32LE(stripped.length, 0);
  stripped.writeInt32LE(message.readInt32LE(bodyAt) - removed, bodyAt);
  if (hasChecksum)
    stripped.writeUInt32LE((message.readUInt32LE(headerBytes) & ~flags.checksumPresent) >>> 0, headerBytes);
  return stripped;
}
