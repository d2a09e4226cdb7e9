import type { Tone } from "../run/contract.ts";
import { escapeCharacter, escapeUnprintable } from "../run/unprintable.ts";
import type { Style } from "./reporter.ts";

const codes: Readonly<Record<Tone, string | null>> = {
  good: "32",
  bad: "31",
  warn: "33",
  dim: "2",
  strong: "1",
  plain: null,
};

const spellings: Readonly<Record<string, string>> = {
  "…": "...",
  "–": "-",
  "—": "-",
  "→": "->",
  "≤": "<=",
  "≥": ">=",
  "×": "x",
  "·": "-",
  "•": "-",
  "’": "'",
  "“": '"',
  "”": '"',
  "\u00a0": " ",
};

/** The marks before lines; the ASCII ones are as wide as they must be to be read. */
export function marks(style: Style): Readonly<Record<"passed" | "failed" | "noted" | "running", string>> {
  return style.unicode
    ? { passed: "✓", failed: "✗", noted: "!", running: "•" }
    : { passed: "ok", failed: "FAILED", noted: "note:", running: ".." };
}

/** A tone's colour around a text, where colours are wanted. */
export function paint(text: string, tone: Tone, style: Style): string {
  const code = codes[tone];
  return style.color && code !== null && text !== "" ? `\u001b[${code}m${text}\u001b[0m` : text;
}

/**
 * A text as a terminal may be given it: what could steer the terminal or reorder the line is written as an escape
 * (names come from databases that others own), and so is what the locale cannot show.
 */
export function printable(text: string, style: Style): string {
  const safe = escapeUnprintable(text);
  return style.unicode
    ? safe
    : safe.replaceAll(/[^\0-\u007f]/gu, (character) => spellings[character] ?? escapeCharacter(character));
}
