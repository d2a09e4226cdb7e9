import type { DestructionKind } from "../../destruction/kinds.ts";
import { candidateWords } from "./candidate-words.ts";
import type { CandidateWord } from "./candidate-word.ts";
import { createWordSearch } from "./find-words.ts";

/** A loose test of a file's bytes, in any encoding that holds ASCII; of UTF-16, give the text as UTF-8. Nearly every file fails it, unparsed. */
export type Prefilter = (bytes: Uint8Array) => boolean;

interface Rule {
  readonly word: string;
  readonly accepts: (bytes: Uint8Array, at: number) => boolean;
  readonly beside?: RegExp | undefined;
}

/**
 * Whether a file may ask for a destruction of one of these kinds, or names one of `names` (the functions that the policy speaks of). Too many
 * pass rather than too few.
 */
export function createPrefilter(
  kinds: ReadonlySet<DestructionKind>,
  names: readonly string[] = [],
): Prefilter {
  const words = new Set([...kinds].flatMap((kind) => candidateWords[kind]));
  const rules = [...[...words].map(ruleOf), ...tails, allowance];
  const search = createWordSearch(rules.map((each) => each.word));
  const named = createNameFilter(names);
  return (bytes) => {
    const isBeside = createBesideTest(bytes);
    const accepts = (index: number, at: number): boolean => {
      const rule = rules[index];
      if (rule === undefined || !rule.accepts(bytes, at)) return false;
      return rule.beside === undefined || isBeside(rule.beside);
    };
    return search(bytes, accepts) || named(bytes);
  };
}

/** Whether a file holds what must stand beside a word: read when it is first asked, and each thing once. */
function createBesideTest(bytes: Uint8Array): (wanted: RegExp) => boolean {
  const known = new Map<RegExp, boolean>();
  let text: string | null = null;
  return (wanted) => {
    const before = known.get(wanted);
    if (before !== undefined) return before;
    text ??= textAround(bytes, 0, bytes.length).toLowerCase();
    const is = wanted.test(text);
    known.set(wanted, is);
    return is;
  };
}

/** Whether a file names one of these, as a word: who calls a function must write its name. */
export function createNameFilter(names: readonly string[]): Prefilter {
  const wanted = [...new Set(names)].filter((name) => name !== "").map((name) => Buffer.from(name));
  return (bytes) => {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return wanted.some((name) => {
      for (let at = buffer.indexOf(name); at !== -1; at = buffer.indexOf(name, at + 1)) {
        if (!isWordByte(buffer[at - 1]) && !isWordByte(buffer[at + name.length])) return true;
      }
      return false;
    });
  };
}

/** A suppression that has outlived what it allowed is found by itself. */
const allowance: Rule = { word: "custody-allow", accepts: () => true };

function ruleOf({ word, around, beside }: CandidateWord): Rule {
  const accepts: Rule["accepts"] =
    around === undefined
      ? () => true
      : (bytes, at) => around.test(textAround(bytes, at - 40, at + word.length + 64));
  return { word, accepts, beside };
}

function textAround(bytes: Uint8Array, from: number, to: number): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return buffer.toString("latin1", Math.max(0, from), Math.min(bytes.length, to));
}

/**
 * The end of a statement whose first word stands elsewhere: `verb + " DATABASE x"`, `${verb} ROLE x`, `"%s SCHEMA x"`. In capitals,
 * as statements are written; in small letters only where what stands behind it is no English.
 */
const tails: readonly Rule[] = ["database", "role", "user", "login", "schema", "owned", "keyspace"].map(
  (word) => ({
    word,
    accepts: (bytes, at) => {
      let before = at - 1;
      while (isBlank(bytes[before])) before -= 1;
      if (!endsText.has(bytes[before] ?? 0)) return false;
      return statementTail.test(textAround(bytes, before - 1, at + word.length + 12));
    },
  }),
);

/** `"`, `'`, a backtick, `}` of a template, and the letters of `%s`, `%q`, `%v`, `%I`. */
const endsText: ReadonlySet<number> = new Set(Array.from("\"'`}sqvIi", (each) => each.charCodeAt(0)));
const statementTail =
  /^[\s\S]?(?:["'`}]|%[sqvIi])(?:\s+(?:DATABASE|ROLE|USER|LOGIN|SCHEMA|OWNED|KEYSPACE)\b|\s+(?:database|role|user|schema|keyspace|owned by)\s+(?:if\s|["'`$%{\\#]))/;

function isBlank(byte: number | undefined): boolean {
  return byte === 32 || byte === 10 || byte === 13 || byte === 9;
}

function isWordByte(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  return (
    (byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122) || byte === 95
  );
}
