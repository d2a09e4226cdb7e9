const pair = /^\s*([^=,\s'"]+)\s*=\s*(?:'((?:[^'\\]|\\[^])*)'|([^',\s]*))\s*(?:,|$)/;
const mostTags = 64;

/**
 * The tags of a comment in sqlcommenter's form (https://google.github.io/sqlcommenter/spec/): `key='value',…`, URL-encoded, quotes of a value
 * optional, so that `custody-ticket=…` needs none. Nothing of a comment that is not in this form to its end.
 */
export function readTags(comment: string): readonly (readonly [key: string, value: string])[] {
  const tags: [string, string][] = [];
  let rest = comment;
  while (rest.trim() !== "") {
    const found = pair.exec(rest);
    if (found === null || tags.length === mostTags) return [];
    const value = found[2]?.replaceAll(/\\([^])/g, "$1") ?? found[3] ?? "";
    const [name, meaning] = [decode(found[1] ?? ""), decode(value)];
    if (name === null || meaning === null) return [];
    tags.push([name, meaning]);
    rest = rest.slice(found[0].length);
  }
  return tags;
}

/** Null where it is no URL encoding. */
function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}
