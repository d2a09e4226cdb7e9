/**
 * Which of a set of short ASCII names bytes spell, capitals or not, as Redis' own table of commands takes them; no string is made.
 * Answers what the name was entered with, 0 for a name that is not there.
 */
export type NameTable = (bytes: Uint8Array, from: number, to: number) => number;

interface Row {
  readonly name: string;
  readonly value: number;
}

const rowsOf = (size: number): Row[][] => Array.from({ length: size }, () => []);

/** Names in capitals, each with a number above 0. */
export function openNameTable(names: ReadonlyMap<string, number>): NameTable {
  let size = 64;
  while (size < names.size * 4) size *= 2;
  const rows = rowsOf(size);
  for (const [name, value] of names) {
    const bytes = Buffer.from(name, "latin1");
    rows[hash(bytes, 0, bytes.length) & (size - 1)]?.push({ name, value });
  }
  return (bytes, from, to) => {
    const found = rows[hash(bytes, from, to) & (size - 1)] ?? [];
    for (let at = 0; at < found.length; at += 1) {
      const row = found[at];
      if (row !== undefined && spells(bytes, from, to, row.name)) return row.value;
    }
    return 0;
  };
}

/** The longest name of a command that is looked up; a longer one is nobody's. */
const longest = 32;

function hash(bytes: Uint8Array, from: number, to: number): number {
  let value = to - from;
  const end = Math.min(to, from + longest);
  for (let at = from; at < end; at += 1) value = (Math.imul(value, 31) + ((bytes[at] ?? 0) & 0xdf)) | 0;
  return (value ^ (value >>> 15)) >>> 0;
}

function spells(bytes: Uint8Array, from: number, to: number, name: string): boolean {
  if (to - from !== name.length) return false;
  for (let at = 0; at < name.length; at += 1) {
    const byte = bytes[from + at] ?? 0;
    if ((byte >= 0x61 && byte <= 0x7a ? byte - 32 : byte) !== name.charCodeAt(at)) return false;
  }
  return true;
}
