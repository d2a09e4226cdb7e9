import stringWidth from "string-width";

/** The longest start of a text that fits into so many terminal columns; wide characters count as two. */
export function fitWidth(text: string, columns: number): string {
  if (stringWidth(text) <= columns) return text;
  let fitted = "";
  let width = 0;
  for (const { segment } of new Intl.Segmenter("en", { granularity: "grapheme" }).segment(text)) {
    width += stringWidth(segment);
    if (width > columns) break;
    fitted += segment;
  }
  return fitted;
}
