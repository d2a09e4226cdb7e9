const timeBytes = 8;

/**
 * Takes a timestamped signature (8 bytes of POSIX seconds, big-endian, then the signature) apart, and builds the message that it
 * signs: `cosignature/v1`, `time N`, then the whole text of the checkpoint. Null when it is too short, or its time is greater
 * than 2^63 - 1. https://c2sp.org/tlog-cosignature
 */
export function cosignedMessage(
  text: Uint8Array,
  timestamped: Uint8Array,
): { readonly message: Uint8Array; readonly time: bigint; readonly signature: Uint8Array } | null {
  if (timestamped.length <= timeBytes) return null;
  const view = new DataView(timestamped.buffer, timestamped.byteOffset, timestamped.byteLength);
  const time = view.getBigUint64(0);
  if (time > 0x7fff_ffff_ffff_ffffn) return null;
  return { message: messageAt(text, time), time, signature: timestamped.subarray(timeBytes) };
}

/** The message of a cosignature made at `time`, POSIX seconds. */
export function messageAt(text: Uint8Array, time: bigint): Uint8Array {
  return Buffer.concat([Buffer.from(`cosignature/v1\ntime ${time}\n`), text]);
}
