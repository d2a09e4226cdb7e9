/** Follows a statement's first words, its parentheses and its `BEGIN ATOMIC` body: where a `;` ends it and where not. */
export interface StatementShape {
  start(): void;
  /** Whether a word of this many bytes can matter at all. */
  wants(bytes: number): boolean;
  /** In lower case. */
  word(text: string): void;
  open(): void;
  close(): void;
  /** Whether a `;` now ends the statement. */
  isClosed(): boolean;
  startsWith(...words: readonly string[]): boolean;
}

/** As psql does (source: psqlscan.l, the rule for identifiers): a heuristic that needs no grammar. */
export function createStatementShape(): StatementShape {
  let words: string[] = [];
  let parens = 0;
  let depth = 0;
  return {
    start: () => {
      words = [];
      parens = 0;
      depth = 0;
    },
    wants: (bytes) => words.length < 4 || (parens === 0 && bytes <= 5 && opensRoutine(words)),
    word: (text) => {
      if (words.length < 4) words.push(text);
      if (parens > 0 || !opensRoutine(words)) return;
      if (text === "begin" || (text === "case" && depth > 0)) depth += 1;
      else if (text === "end" && depth > 0) depth -= 1;
    },
    open: () => {
      parens += 1;
    },
    close: () => {
      parens = Math.max(0, parens - 1);
    },
    isClosed: () => parens === 0 && depth === 0,
    startsWith: (...wanted) => wanted.every((word, index) => words[index] === word),
  };
}

/** `CREATE [OR REPLACE] FUNCTION`, or PROCEDURE. */
function opensRoutine(words: readonly string[]): boolean {
  if (words[0] !== "create") return false;
  const kind = words[1] === "or" && words[2] === "replace" ? words[3] : words[1];
  return kind === "function" || kind === "procedure";
}
