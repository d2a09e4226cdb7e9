/** A string, or what begins, ends and divides objects and arrays. */
const token = /"(?:[^"\\]|\\.)*"|[{}[\]:]/gu;

/**
 * The first key that stands twice in one object of a text that is JSON; null: there is none. RFC 8259 section 4 leaves open which of the two counts, so that two readers of one text may see two requests.
 */
export function findRepeatedKey(json: string): string | null {
  // For each object or array that is open: its keys so far, null of an array.
  const open: (Set<string> | null)[] = [];
  let before = "";
  for (const [text] of json.matchAll(token)) {
    if (text === "{") open.push(new Set());
    else if (text === "[") open.push(null);
    else if (text === "}" || text === "]") open.pop();
    else if (text === ":") {
      const key = String(JSON.parse(before));
      const keys = open.at(-1);
      if (keys?.has(key) === true) return key;
      keys?.add(key);
    }
    before = text;
  }
  return null;
}
