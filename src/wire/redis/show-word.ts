const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A word as text: UTF-8 where it is, else each byte beyond ASCII as `\xHH`, as redis-cli shows it. */
export function showWord(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    return Buffer.from(bytes)
      .toString("latin1")
      .replaceAll(/[^\x20-\x7e]/gu, (each) => `\\x${each.charCodeAt(0).toString(16).padStart(2, "0")}`);
  }
}

/** A command's name as the server's table has it, in capitals: nothing but a-z is changed. */
export function nameOf(word: Uint8Array): string {
  return Buffer.from(word.buffer, word.byteOffset, Math.min(word.length, 128))
    .toString("latin1")
    .replaceAll(/[a-z]+/gu, (letters) => letters.toUpperCase());
}
