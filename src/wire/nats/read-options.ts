/** The options of CONNECT or INFO. */
export type Options = Readonly<Record<string, unknown>>;

/**
 * Reads the JSON behind CONNECT or INFO. The server reads names of fields with any capitals, and takes the last of several
 * (encoding/json of Go): an object with two names that it takes for one is refused here. A name that stands twice in the same letters counts once, with
 * its last value: whoever hands the options on writes them anew. Null: not to be read for certain.
 */
export function readOptions(json: Buffer): Options | null {
  let options: unknown;
  try {
    options = JSON.parse(json.toString("utf8"));
  } catch {
    return null;
  }
  if (!isRecord(options)) return null;
  const names = Object.keys(options).map(foldName);
  return new Set(names).size === names.length ? options : null;
}

/** What a server knows of a client that says CONNECT once more: what is left out, or is null, stays as it was. */
export function mergeOptions(before: Options, more: Options): Options {
  const said = Object.entries(more).filter(([, value]) => value !== null);
  const anew = new Set(said.map(([name]) => foldName(name)));
  const kept = Object.entries(before).filter(([name]) => !anew.has(foldName(name)));
  return Object.fromEntries([...kept, ...said]);
}

function isRecord(value: unknown): value is Options {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The text of an option, in whatever capitals its name is; empty where it is none. Null: it is there, and is no text. */
export function textOption(options: Options, name: string): string | null {
  const value = findOption(options, name);
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : null;
}

export function findOption(options: Options, name: string): unknown {
  const folded = foldName(name);
  const key = Object.keys(options).find((each) => foldName(each) === folded);
  return key === undefined ? undefined : options[key];
}

/** As Go folds: the Kelvin sign is a K, the long s an S. */
export function foldName(name: string): string {
  return name.toLowerCase().toUpperCase();
}
