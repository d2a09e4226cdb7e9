import { hole } from "../../../destruction/destruction.ts";
import type { Carrier } from "../carrier.ts";
import { collectSites } from "../collect-sites.ts";
import { buildText, cut, verbatim, type MappedText } from "../mapped-text.ts";
import { maskMapped } from "../mask-templates.ts";
import { logicalLines } from "./logical-lines.ts";

const spoken = /^\s*(?:@?rem\b|::|@?echo\b)/i;
/** `set NAME=value`, `set "NAME=value"`; what `/a` counts and `/p` asks for is unknown. */
const setting = /^[\s@(]*set\s+(?:"(\w+)=([^\r\n]*)"|(\w+)=([^\r\n"]*))\s*$/i;
const variable = /%(\w+)%|!(\w+)!|%~?\d|%%\w/g;

/** Batch files: `rem` and `::` are comments, `@` hides; a variable is what was set last above, and unknown where that was not seen. */
export const readBatchFile: Carrier = (source, _path, ports) => {
  const sites = collectSites(source, ports, { marks: "batch" });
  const values = new Map<string, string>();
  const plain = source.replaceAll(/\\(?!")/g, "/").replaceAll(/\^(?=\r?\n)/g, "\\");
  for (const line of logicalLines(plain)) {
    if (spoken.test(line.text)) continue;
    const set = setting.exec(line.text);
    const name = set?.[1] ?? set?.[3];
    if (name !== undefined) values.set(name.toLowerCase(), expandText(set?.[2] ?? set?.[4] ?? "", values));
    const from = /^[\s@(]*/.exec(line.text)?.[0].length ?? 0;
    sites.script(maskMapped(expand(cut(line, from, Infinity), values)));
  }
  return { ...sites.result(), errors: [] };
};

/** Text that doubles itself is not followed further. */
const longest = 4096;

function expandText(text: string, values: ReadonlyMap<string, string>): string {
  return expand(verbatim(text, 0), values).text.slice(0, longest);
}

function expand(line: MappedText, values: ReadonlyMap<string, string>): MappedText {
  const builder = buildText();
  let from = 0;
  for (const match of line.text.matchAll(variable)) {
    builder.addMapped(line, from, match.index);
    from = match.index + match[0].length;
    const name = (match[1] ?? match[2] ?? "").toLowerCase();
    const value = builder.length > longest ? undefined : values.get(name);
    builder.addMapped(known(cut(line, match.index, from), value));
  }
  builder.addMapped(line, from, Infinity);
  return builder.done();
}

/** What a variable holds, where it stands. */
function known(mark: MappedText, value: string | undefined): MappedText {
  const builder = buildText();
  builder.addFixed(value ?? hole.repeat(mark.text.length), mark.spans[0]?.at ?? 0);
  return builder.done();
}
