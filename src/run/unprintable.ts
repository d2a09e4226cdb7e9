/** Steers a terminal or a log, breaks a line, or shows the text in another order than it is read in (UTS #55); and what is no Unicode. */
const steering = "\\p{Cc}\\p{Cs}\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069";

/** Marks that right-to-left text may need: harmless where they are kept, and still no business of a terminal's line. */
const marks = "\\u061c\\u200e\\u200f";

/** A text that says to people what it says to machines, on one line. */
export const plainLine = new RegExp(`^[^${steering}]*$`, "u");

// JSON.stringify writes C0 and lone surrogates as escapes by itself; its own line breaks stay.
const unprintableInJson = new RegExp(
  `[\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069${marks}]`,
  "gu",
);
const unprintable = new RegExp(`[${steering}${marks}]`, "gu");

/** A text as a terminal may be given it: names come from databases that others own. */
export function escapeUnprintable(text: string): string {
  return text.replaceAll(unprintable, escapeCharacter);
}

/** The same in a text that is JSON: it still says what it said. */
export function escapeUnprintableJson(json: string): string {
  return json.replaceAll(
    unprintableInJson,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

export function escapeCharacter(character: string): string {
  if (character === "\n") return "\\n";
  if (character === "\t") return "\\t";
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
