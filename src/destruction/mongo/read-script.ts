/** A piece of JavaScript; offsets are UTF-16 code units. */
export interface ScriptToken {
  readonly type: "word" | "string" | "symbol";
  /** A string's inside, as written. */
  readonly text: string;
  readonly at: number;
}

const skipped = /(?:\s|\/\/[^\n]*)+/y;
const word = /[\p{L}_$\uE000][\p{L}\p{N}_$\uE000]*|\d[\w.]*/uy;
/** No longer than this, so that what is none costs little. */
const pattern = /\/(?:[^\\/[\n]|\\.|\[(?:[^\]\\\n]|\\.){0,200}\]){1,400}\/[a-z]*/y;
/** Behind one of these a slash begins a regular expression. */
const opensPattern = /^(?:[(,=:[!&|?{};+\-*%<>~^]|return|typeof|case|in|of)$/;

/** Cuts a script into tokens, without comments and regular expressions; never throws, takes time linear in the script. */
export function* readScript(script: string): Generator<ScriptToken> {
  let at = 0;
  let previous = ";";
  const take = (form: RegExp): string | null => {
    form.lastIndex = at;
    return form.exec(script)?.[0] ?? null;
  };
  while (at < script.length) {
    const one = script.charAt(at);
    const blank = take(skipped);
    if (blank !== null) {
      at += blank.length;
      continue;
    }
    if (one === "/" && script[at + 1] === "*") {
      const end = script.indexOf("*/", at + 2);
      at = end < 0 ? script.length : end + 2;
      continue;
    }
    const regex = one === "/" && opensPattern.test(previous) ? take(pattern) : null;
    if (regex !== null) {
      at += regex.length;
      previous = "/";
      continue;
    }
    const token = stringAt(script, at) ?? { type: "word" as const, text: take(word) ?? "", end: 0 };
    const text = token.type === "word" && token.text === "" ? one : token.text;
    const type = token.type === "word" && token.text === "" ? "symbol" : token.type;
    yield { type, text, at };
    at = token.type === "string" ? token.end : at + text.length;
    previous = type === "string" ? '"' : text;
  }
}

function stringAt(
  script: string,
  at: number,
): { readonly type: "string"; readonly text: string; readonly end: number } | null {
  const quote = script.charAt(at);
  if (quote !== '"' && quote !== "'" && quote !== "`") return null;
  for (let end = at + 1; end < script.length; end += 1) {
    const next = script[end];
    if (next === "\\") end += 1;
    else if (next === quote) return { type: "string", text: script.slice(at + 1, end), end: end + 1 };
    else if (next === "\n" && quote !== "`") return { type: "string", text: script.slice(at + 1, end), end };
  }
  return { type: "string", text: script.slice(at + 1), end: script.length };
}
