import { loadModule, parseSync, scanSync } from "libpg-query";
import { createSqlScanner } from "../../../../src/destruction/sql/wire/scan-sql.ts";
import type { ScannedType } from "../../../../src/destruction/sql/wire/scan-state.ts";
import type { SqlState } from "../../../../src/destruction/sql/wire/sql-state.ts";

await loadModule();

/**
 * What PostgreSQL's own lexer makes of a text, token by token: words in small letters, `1` for a number, `'` for a string, `"` for a name in
 * quotes; operators, points and colons are left out, as is what follows a number without a gap. Null where it refuses it.
 */
export function scannedByPostgres(sql: string): readonly string[] | null {
  try {
    return withoutRepeats(
      scanSync(sql).tokens.flatMap(({ text, tokenName }) => {
        if (tokenName.endsWith("_COMMENT")) return [];
        if (/^[A-Za-z_\u0080-\u{10ffff}]/u.test(text) && !/^(?:[ebx]|u&)'|^u&"/i.test(text))
          return [text.toLowerCase()];
        if (/^\d|^\.\d/.test(text)) return ["1"];
        if (text.endsWith("'") || /^\$[^\d]/.test(text)) return ["'"];
        return text.endsWith('"') ? ['"'] : withoutOperators(text);
      }),
    );
  } catch {
    return null;
  }
}

function withoutOperators(text: string): readonly string[] {
  return /^[~!@#^&|`?+*/%<>=:.-]+$/.test(text) ? [] : [text];
}

/** `0x1.5` is two numbers to one, and one to the other. */
function withoutRepeats(tokens: readonly string[]): readonly string[] {
  return tokens.filter((token, at) => token !== "1" || tokens[at - 1] !== "1");
}

/** The same of our own scanner. */
export function scannedByUs(
  sql: string,
  state: SqlState = { isStandardStrings: true, encoding: "UTF8" },
): readonly string[] | null {
  const tokens: string[] = [];
  let isNumber = false;
  let last = "";
  let isOdd = false;
  const scanner = createSqlScanner(state, {
    token(type, inner, touches, isMore) {
      const text = Buffer.from(inner.view()).toString("utf8");
      if (isMore) return;
      const quote = quoted.get(type);
      // The parts of a number are tokens of their own to us.
      const isPart = ["word", "number"].includes(type) || /^[.+-]$/.test(text);
      // `1..2` is a range.
      const goesOn = isNumber && touches && isPart && !(text === "." && last === ".");
      last = text;
      isNumber = type === "number" || goesOn;
      if (quote !== undefined) tokens.push(quote);
      else if (!goesOn) tokens.push(...(isNumber ? ["1"] : withoutOperators(text.toLowerCase())));
    },
    comment() {},
    odd() {
      isOdd = true;
    },
  });
  scanner.push(Buffer.from(sql, "utf8"));
  return scanner.end() && !isOdd ? withoutRepeats(tokens) : null;
}

const quoted: ReadonlyMap<ScannedType, string> = new Map<ScannedType, string>([
  ["plain", "'"],
  ["escapes", "'"],
  ["unicode", "'"],
  ["bits", "'"],
  ["dollar", "'"],
  ["name", '"'],
  ["unicode-name", '"'],
]);

/** Statements of a text as PostgreSQL's grammar parts them; null where it takes it for none. */
export function partedByPostgres(sql: string): readonly string[] | null {
  try {
    const bytes = Buffer.from(sql, "utf8");
    const { stmts = [] } = parseSync(sql);
    return stmts.map(({ stmt_location: from = 0, stmt_len: length }) =>
      bytes.subarray(from, length === undefined ? bytes.length : from + length).toString("utf8"),
    );
  } catch {
    return null;
  }
}
