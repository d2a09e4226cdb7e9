/** Escapes that most languages write alike; the digits stand in the first group that matched. */
const numeric =
  /^\\(?:x([0-9a-fA-F]+)|u\{([0-9a-fA-F_]+)\}|u([0-9a-fA-F]+)|U([0-9a-fA-F]{8})|x\{([0-9a-fA-F]+)\})$/;
const single: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  e: "\u001b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  s: " ",
};

/**
 * The text of a literal, its escapes resolved. `escape` is global and matches what is an escape in the language, and
 * nothing else: `\x41`, `\u00e9`, `\u{1f600}`, `\U0001f600`, `\101`, `\n`, a backslash before a line's end (nothing) or
 * before any other character (that character). What the language leaves alone it must not match.
 */
export function resolveEscapes(raw: string, escape: RegExp): string {
  return raw.includes("\\") ? raw.replace(escape, meaningOf) : raw;
}

/** What one escape stands for, its backslash included. */
export function meaningOf(escape: string): string {
  const digits = numeric.exec(escape);
  if (digits !== null) {
    const [, ...groups] = digits;
    const hex = groups.find((group) => group !== undefined);
    return characterOf(Number.parseInt((hex ?? "").replaceAll("_", ""), 16), escape);
  }
  const rest = escape.slice(1);
  if (/^[0-7]+$/.test(rest)) return characterOf(Number.parseInt(rest, 8), escape);
  if (/^\r?\n/.test(rest)) return "";
  return single[rest] ?? rest;
}

function characterOf(code: number, escape: string): string {
  return code <= 0x10_ff_ff ? String.fromCodePoint(code) : escape;
}
