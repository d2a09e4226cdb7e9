import { buildText, type MappedText } from "../mapped-text.ts";

/** The lines of a text, each with the lines that it goes on with: a backslash before the end stays, as a shell reads it. */
export function logicalLines(source: string): readonly MappedText[] {
  const lines: MappedText[] = [];
  let builder = buildText();
  for (const line of source.matchAll(/[^\n]*(?:\n|$)/g)) {
    if (line[0] === "") continue;
    builder.add(line[0], line.index);
    const text = line[0].replace(/\r?\n$/, "");
    if (text.endsWith("\\") && line[0].endsWith("\n")) continue;
    lines.push(builder.done());
    builder = buildText();
  }
  if (builder.length > 0) lines.push(builder.done());
  return lines;
}
