const limit = 160;
const lead = 40;

/** Schema text on one line, cut to `limit` characters around the first place where it differs from `other`. */
export function shorten(text: string | undefined, other?: string): string {
  if (text === undefined) return "none";
  const line = flatten(text);
  if (line.length <= limit) return line;
  const start = other === undefined ? 0 : Math.max(0, firstDifference(line, flatten(other)) - lead);
  const end = Math.min(line.length, start + limit);
  return `${start > 0 ? "…" : ""}${line.slice(start, end)}${end < line.length ? "…" : ""}`;
}

function flatten(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}

function firstDifference(left: string, right: string): number {
  let at = 0;
  while (at < left.length && left[at] === right[at]) at += 1;
  return at;
}
