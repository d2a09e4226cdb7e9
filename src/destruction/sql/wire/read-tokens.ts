import { hole } from "../../destruction.ts";
import type { Token } from "../token.ts";
import { decodeText } from "./encodings.ts";
import { readEscapes, readPlain, readUnicode, truncateName } from "./read-literal.ts";
import type { ScannedType, ScanSink } from "./scan-state.ts";
import type { SqlState } from "./sql-state.ts";

/** Who takes what was read. */
export interface TokenSink {
  /**
   * One token as the judges of the tree's side have it: its `raw` is what a grammar reads for it whatever the session's state, and `at` counts in that
   * text. `isCut`: not all of it is there.
   */
  token(token: Token, isCut: boolean): void;
  /** Of tokens to come the kind is enough, but for words and names: of a statement that is too long, millions may come. */
  isSkimming(): boolean;
  comment(text: string): void;
  odd(): void;
}

/** Characters with a meaning of their own to the judges, and what stands for them while these look: a hole, printf's mark. */
const spared: Readonly<Record<string, string>> = { [hole]: "\uE001", "%": "\uE002" };
const meant: Readonly<Record<string, string>> = { "\uE001": hole, "\uE002": "%" };

/** A name as it was written, from a judge's. */
export function restoreName(name: string): string {
  return name.replaceAll(/[\uE001\uE002]/g, (character) => meant[character] ?? character);
}

function spare(text: string): string {
  return /[%\uE000]/.test(text)
    ? text.replaceAll(/[%\uE000]/g, (character) => spared[character] ?? character)
    : text;
}

function quoteString(text: string): string {
  const doubled = spare(text).replaceAll("'", "''");
  return doubled.includes("\\") ? `E'${doubled.replaceAll("\\", "\\\\")}'` : `'${doubled}'`;
}

function quoteName(name: string): string {
  return `"${spare(name).replaceAll('"', '""')}"`;
}

/** Only these may touch: to part two of them may make something else of them (`1.5`, `::`), to join others may, too. */
const loose: ReadonlySet<string> = new Set(["word", "number", "parameter", "operator", "symbol"]);

function bare(type: Token["type"], text: string): Token {
  const common = {
    quote: "",
    raw: text,
    at: 0,
    end: 0,
    startsLine: false,
    isClosed: true,
    isConditional: false,
  };
  return { type, text, word: "", ...common };
}

const bareSymbols = Array.from({ length: 128 }, (_, byte) => bare("symbol", String.fromCharCode(byte)));
const [bareNumber, bareString, bareOperator, bareParameter] = [
  bare("number", "0"),
  bare("string", ""),
  bare("symbol", "+"),
  bare("symbol", "$1"),
];

/** A token without its value; null for one of which the name counts. */
function skim(type: ScannedType, first: number): Token | null {
  switch (type) {
    case "word":
    case "name":
    case "unicode-name":
    case "unicode":
      return null;
    case "symbol":
      return bareSymbols[first] ?? null;
    case "number":
      return bareNumber;
    case "parameter":
      return bareParameter;
    case "operator":
      return bareOperator;
    default:
      return bareString;
  }
}

/** Turns what a scanner finds into tokens: literals are resolved, those joined that are one, words folded and cut as the server does. */
export function createTokenReader(
  state: SqlState,
  sink: TokenSink,
): ScanSink & { end(): void; restart(): void } {
  let place = 0;
  let isLastLoose = false;
  let pieces = "";
  let isAnyCut = false;
  /** A literal with Unicode escapes waits for its UESCAPE, which comes behind it or not. */
  let unicode: { readonly type: "string" | "name"; readonly text: string; readonly isCut: boolean } | null =
    null;
  let awaitsEscape = false;

  function give(
    type: Token["type"],
    text: string,
    raw: string,
    quote: string,
    isCut: boolean,
    isTight: boolean,
  ): void {
    const at = isTight || place === 0 ? place : place + 1;
    place = at + raw.length;
    const word = type === "word" ? text.toUpperCase() : "";
    sink.token(
      {
        type,
        text,
        word,
        quote,
        raw,
        at,
        end: place,
        startsLine: false,
        isClosed: true,
        isConditional: false,
      },
      isCut,
    );
  }

  function giveString(text: string, isCut: boolean): void {
    give("string", text, quoteString(text), "'", isCut, false);
    isLastLoose = false;
  }

  function giveName(name: string, isCut: boolean): void {
    const cut = truncateName(name);
    give("name", cut, quoteName(cut), '"', isCut, false);
    isLastLoose = false;
  }

  function giveUnicode(escapeWith: string): void {
    if (unicode === null) return;
    const { type, text, isCut } = unicode;
    unicode = null;
    awaitsEscape = false;
    const read = readUnicode(text, escapeWith);
    if (read === null) sink.odd();
    if (type === "string") giveString(read ?? text, isCut);
    else giveName(read ?? text, isCut);
  }

  function giveWord(inner: Uint8Array, isCut: boolean, isTight: boolean): void {
    const text = decodeText(inner, state.encoding);
    const isPlain = /^[\x20-\x7e]*$/.test(text);
    const folded = truncateName(
      isPlain ? text.toLowerCase() : text.replaceAll(/[A-Z]+/g, (capitals) => capitals.toLowerCase()),
    );
    // A hole that somebody wrote is none.
    give(
      "word",
      isPlain ? folded : spare(folded),
      isPlain ? folded : quoteName(folded),
      "",
      isCut,
      isTight && isPlain,
    );
    isLastLoose = isPlain;
  }

  /** Whether a token goes with the Unicode literal before it; else that is handed on first. */
  function isTakenByEscape(type: ScannedType, inner: Uint8Array): boolean {
    if (unicode === null) return false;
    if (awaitsEscape) {
      const isString = type === "plain" || type === "escapes";
      giveUnicode(isString ? readPlain(inner, state.encoding) : "");
      return isString;
    }
    awaitsEscape = type === "word" && inner.length === 7 && /^uescape$/i.test(Buffer.from(inner).toString());
    if (!awaitsEscape) giveUnicode("\\");
    return awaitsEscape;
  }

  return {
    token(type, held, touches, isMore) {
      const skimmed =
        unicode === null && pieces === "" && sink.isSkimming() ? skim(type, held.first()) : null;
      if (skimmed !== null) {
        if (!isMore) sink.token(skimmed, false);
        return;
      }
      const inner = held.view();
      const isCut = held.isCut();
      if (isTakenByEscape(type, inner)) return;
      const isTight = touches && isLastLoose && loose.has(type);
      switch (type) {
        case "word":
          giveWord(inner, isCut, isTight);
          return;
        case "number":
        case "parameter":
        case "operator":
        case "symbol": {
          const text = decodeText(inner, state.encoding);
          give(type === "number" ? "number" : "symbol", text, text, "", isCut, isTight);
          isLastLoose = true;
          return;
        }
        case "bits": {
          const text = decodeText(inner, state.encoding);
          give("number", text, `${text.charAt(0)}'${text.slice(1)}'`, "", isCut, false);
          isLastLoose = false;
          return;
        }
        case "name":
          giveName(decodeText(inner, state.encoding).replaceAll('""', '"'), isCut);
          return;
        case "unicode-name":
          unicode = {
            type: "name",
            text: decodeText(inner, state.encoding).replaceAll('""', '"'),
            isCut,
          };
          return;
        case "dollar":
          giveString(decodeText(inner, state.encoding), isCut);
          return;
        case "plain":
        case "escapes":
        case "unicode": {
          pieces += (type === "escapes" ? readEscapes : readPlain)(inner, state.encoding);
          isAnyCut ||= isCut || pieces.length > inner.length + 65_536;
          if (isMore) return;
          const text = pieces;
          const isWholeCut = isAnyCut;
          pieces = "";
          isAnyCut = false;
          if (type === "unicode") unicode = { type: "string", text, isCut: isWholeCut };
          else giveString(text, isWholeCut);
        }
      }
    },
    comment(inner) {
      sink.comment(decodeText(inner.view(), state.encoding));
    },
    odd: () => sink.odd(),
    end: () => giveUnicode(awaitsEscape ? "" : "\\"),
    restart() {
      place = 0;
      isLastLoose = false;
    },
  };
}
