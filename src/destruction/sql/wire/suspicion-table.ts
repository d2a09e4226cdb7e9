/**
 * A table-driven automaton that finds a few words in bytes: one look-up a byte, resumable at any byte, no text made. A word begins where the
 * byte before is no letter, underscore or digit of a word: a digit that no letter stands before begins nothing, as `1drop` is two tokens
 * to PostgreSQL 14, and what a byte beyond ASCII becomes in the server's encoding need not be known. Capitals are small letters.
 */

/** What counts only as the first word of a statement. */
export const firstHit = 1;
/** What counts wherever it stands. */
export const anyHit = 2;
/** A parenthesis, which a call needs. */
export const callHit = 4;

/** Statements that destroy, that run what others have prepared, or that change what the reader must know of the session. */
const firstWords =
  "drop truncate alter set reset discard reassign do call execute prepare deallocate copy create load explain " +
  "begin start commit end rollback abort savepoint release";
/** What may destroy within another statement. */
const anyWords =
  "delete merge query_to_xml query_to_xmlschema query_to_xml_and_xmlschema cursor_to_xml ts_stat ts_rewrite connectby " +
  "xpath_table schedule schedule_in_database";
/** Beginnings: of catalogs and their functions, of dblink's functions, of large objects' (`lo_unlink`), `set_config`, `heap_force_kill`. */
const anyBeginnings = "pg_ dbl lo_ set_conf crosstab heap_force binary_upgrade";

const letters = "abcdefghijklmnopqrstuvwxyz_";
const other = 0;
const digit = letters.length + 1;
const beyond = letters.length + 2;
const open = letters.length + 3;
const ampersand = letters.length + 4;
const width = 32;

export const classOf: Uint8Array = new Uint8Array(256).map((_, byte) => {
  const letter = letters.indexOf(String.fromCharCode(byte).toLowerCase());
  if (byte < 0x80 && letter >= 0) return letter + 1;
  if (byte >= 0x30 && byte <= 0x39) return digit;
  if (byte >= 0x80) return beyond;
  if (byte === 0x28) return open;
  return byte === 0x26 ? ampersand : other;
});

/** States 0 and 1: outside of a word; in one that is none of these. What is `firstState` and above is a hit, then state 0 or 1 goes on. */
const outside = 0;
const inside = 1;

function build(): { readonly next: Uint16Array; readonly ends: Uint8Array; readonly hits: number } {
  const children: Map<number, number>[] = [new Map(), new Map()];
  const ends: number[] = [0, 0];
  const begins: number[] = [0, 0];
  const add = (text: string): number => {
    let state = outside;
    for (const letter of text) {
      const kind = letters.indexOf(letter) + 1;
      const child = children[state]?.get(kind) ?? children.length;
      if (child === children.length) {
        children.push(new Map());
        ends.push(0);
        begins.push(0);
        children[state]?.set(kind, child);
      }
      state = child;
    }
    return state;
  };
  for (const word of firstWords.split(" ")) ends[add(word)] = firstHit;
  for (const word of anyWords.split(" ")) ends[add(word)] = anyHit;
  for (const beginning of anyBeginnings.split(" ")) begins[add(beginning)] = anyHit;
  // U&"…" is a name that may be written in any way.
  const unicode = add("u");

  const hits = children.length;
  const next = new Uint16Array(width * hits);
  for (let state = 0; state < hits; state += 1) {
    for (let kind = 0; kind < width; kind += 1) {
      const child = children[state]?.get(kind);
      const isPart = kind > 0 && kind <= letters.length;
      const goesOn = isPart || (kind === digit && state !== outside) ? inside : outside;
      const ended = goesOn === inside ? 0 : (ends[state] ?? 0);
      let hit = state === unicode && kind === ampersand ? anyHit : ended;
      if (kind === open) hit |= callHit;
      if (child !== undefined && begins[child] === anyHit) next[state * width + kind] = hits + anyHit * 2 + 1;
      else if (hit > 0) next[state * width + kind] = hits + hit * 2 + goesOn;
      else next[state * width + kind] = child ?? goesOn;
    }
  }
  return { next, ends: Uint8Array.from(ends), hits };
}

const built = build();
/** `next[state * 32 + class]`. From `hitState` on: `hitState + hits * 2 + state to go on with`. */
export const nextState: Uint16Array = built.next;
export const hitState: number = built.hits;
/** What a word is that the text ends with, by the state that it ends in. */
export const endHit: Uint8Array = built.ends;
