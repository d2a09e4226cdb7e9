import { buildText, type MappedText } from "../mapped-text.ts";

export interface Instruction {
  /** In capitals; of `ONBUILD RUN` it is RUN. */
  readonly name: string;
  /** All that follows the name: lines that go on, without the comments between them, and here-documents. */
  readonly text: MappedText;
}

/** Cuts a Dockerfile into instructions: https://docs.docker.com/reference/dockerfile/ */
export function readInstructions(source: string): readonly Instruction[] {
  const escape = /^#\s*escape\s*=\s*`/im.exec(source.slice(0, 500)) === null ? "\\" : "`";
  const lines = [...source.matchAll(/[^\n]*(?:\n|$)/g)].filter(({ 0: text }) => text !== "");
  const instructions: Instruction[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index];
    if (line === undefined) break;
    const head = /^\s*(?:ONBUILD\s+)?([A-Za-z]+)(?:[ \t]+|$)/i.exec(line[0]);
    if (head?.[1] === undefined) continue;
    const builder = buildText();
    let text = line[0].slice(head[0].length);
    let at = line.index + head[0].length;
    let logical = "";
    for (;;) {
      builder.add(text, at);
      logical += text;
      if (!goesOn(text, escape)) break;
      // Comments and empty lines do not end what goes on.
      do index += 1;
      while (/^\s*(?:#.*)?\r?\n?$/.test(lines[index]?.[0] ?? "x"));
      const next = lines[index];
      if (next === undefined) break;
      [text] = next;
      at = next.index;
    }
    const name = head[1].toUpperCase();
    if (["RUN", "COPY", "ADD"].includes(name)) {
      for (const mark of logical.matchAll(/<<-?\s*(['"]?)([A-Za-z_]\w*)\1/g)) {
        for (index += 1; index < lines.length; index += 1) {
          const next = lines[index];
          if (next === undefined) break;
          builder.add(next[0], next.index);
          if (next[0].trim() === mark[2]) break;
        }
      }
    }
    instructions.push({ name, text: builder.done() });
  }
  return instructions;
}

const goesOn = (line: string, escape: string) => line.trimEnd().endsWith(escape) && line.includes("\n");
