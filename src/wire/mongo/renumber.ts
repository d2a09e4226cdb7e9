import { flags, headerBytes, opcodes } from "./opcodes.ts";

/** Whether a request can be given another number: its checksum, which would no longer hold, stands in these bytes. */
export function mayRenumber(bytes: Buffer, isWhole: boolean): boolean {
  return isWhole || !hasChecksum(bytes);
}

/** The request, or its beginning, under another number; without its checksum. */
export function renumberRequest(bytes: Buffer, requestId: number): Buffer {
  const isChecked = hasChecksum(bytes);
  const renumbered = Buffer.from(isChecked ? bytes.subarray(0, bytes.length - 4) : bytes);
  renumbered.writeInt32LE(requestId, 4);
  if (isChecked) {
    renumbered.writeInt32LE(renumbered.length, 0);
    const left = renumbered.readUInt32LE(headerBytes) & ~flags.checksumPresent;
    renumbered.writeUInt32LE(left >>> 0, headerBytes);
  }
  return renumbered;
}

/** The answer, or its beginning, to a request of this number. */
export function renumberAnswer(bytes: Buffer, responseTo: number): Buffer {
  const renumbered = Buffer.from(bytes);
  renumbered.writeInt32LE(responseTo, 8);
  return renumbered;
}

function hasChecksum(bytes: Buffer): boolean {
  const isMessage = bytes.readInt32LE(12) === opcodes.message;
  return isMessage && (bytes.readUInt32LE(headerBytes) & flags.checksumPresent) !== 0;
}
