const longestBytes = 63;

/**
 * A name as the server would keep it: cut to 63 bytes, never inside a character (`truncate_identifier` of its scanner; databases are
 * taken to be in UTF-8). Nothing is folded: what is quoted is exact.
 */
export function finalName(name: string): string {
  const bytes = new TextEncoder().encode(name);
  if (bytes.length <= longestBytes) return name;
  let end = longestBytes;
  // A byte 10xxxxxx goes on with the character before it.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return new TextDecoder().decode(bytes.subarray(0, end));
}
