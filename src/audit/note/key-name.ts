/** What keeps a text from being the name of a key (C2SP signed-note, Format), or null when nothing does. */
export function refuseKeyName(name: string): string | null {
  if (name === "") return "it is empty";
  if (!name.isWellFormed()) return "it is no valid Unicode";
  if (/\p{White_Space}/u.test(name)) return "it holds a space";
  if (name.includes("+")) return "it holds a plus";
  if (/[\u0000-\u001f]/.test(name)) return "it holds a control character";
  return null;
}

/**
 * Whether a log whose key has this name may speak for an origin: the origin is the name (C2SP tlog-policy), or begins with the
 * name and a slash, as custody's own `<key name>/<chain id>` do.
 */
export function speaksFor(keyName: string, origin: string): boolean {
  return origin === keyName || origin.startsWith(`${keyName}/`);
}

/** What is asked of a key: how it is called, and whose place it took. */
interface NamedKey {
  readonly name: string;
  readonly predecessors: readonly string[];
}

/** Whether a key, or one whose place it took, may speak for an origin. */
export function isSpeaker({ name, predecessors }: NamedKey, origin: string): boolean {
  return [name, ...predecessors].some((each) => speaksFor(each, origin));
}

/**
 * Which of the log keys that are trusted may sign for an origin: where it is the origin of some by their names, no other. An
 * origin that was given by hand need be nobody's by name; then it may be any's.
 */
export function speakersFor<Key extends NamedKey>(origin: string, keys: readonly Key[]): readonly Key[] {
  const own = keys.filter((key) => isSpeaker(key, origin));
  return own.length === 0 ? keys : own;
}
