const part = /"(?:[^"]|"")*"|[^".(\s]+/y;

/** The names at the start of an identity, as `identityOf` was given them: of `app."a.b"(integer)`, `app` and `a.b`. */
export function namesOf(identity: string): readonly string[] {
  const names: string[] = [];
  part.lastIndex = 0;
  for (let found = part.exec(identity); found !== null; found = part.exec(identity)) {
    names.push(found[0].startsWith('"') ? found[0].slice(1, -1).replaceAll('""', '"') : found[0]);
    if (identity[part.lastIndex] !== ".") break;
    part.lastIndex += 1;
  }
  return names;
}

/** The two halves of `name on schema.table`. */
export function partOf(identity: string): { readonly part: string; readonly whole: string } {
  part.lastIndex = 0;
  const length = part.exec(identity)?.[0].length ?? 0;
  return { part: identity.slice(0, length), whole: identity.slice(length + " on ".length) };
}
