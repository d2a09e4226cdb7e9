import { readFile } from "node:fs/promises";
import load from "libpg-query/wasm/libpg-query.js";
import wasmPath from "libpg-query/wasm/libpg-query.wasm" with { type: "file" };
import { keepToUndoCrash } from "./undo-wasm-crash.ts";

/** One node of PostgreSQL's own parse tree, as JSON. */
export type ParseNode = {
  readonly [key: string]: ParseNode | readonly ParseNode[] | string | number | boolean | null;
};

/** Parses SQL as PostgreSQL 18 does. Null when it cannot: a syntax that is none, or no longer. */
export type SqlParser = (sql: string) => readonly ParseNode[] | null;

/** Above this nothing is parsed: the parser takes a second for a literal of 20 MB. */
const longestStatement = 1 << 20;

let loading: Promise<SqlParser> | undefined;

/** PostgreSQL's parser, compiled to WASM and loaded from a file that the binary embeds; loaded once. */
export function sqlParser(): Promise<SqlParser> {
  loading ??= createParser();
  return loading;
}

async function createParser(): Promise<SqlParser> {
  const compiled = await WebAssembly.compile(await readFile(wasmPath));
  let exports: Readonly<Record<string, unknown>> = {};
  const query = await load({
    instantiateWasm: (imports, done) => {
      const instance = new WebAssembly.Instance(compiled, imports);
      ({ exports } = instance);
      done(instance);
      return {};
    },
  });
  const undoCrash = keepToUndoCrash(exports);

  /** `struct PgQueryParseResult { char *parse_tree; char *stderr_buffer; PgQueryError *error; }`; throws with nothing left behind. */
  const parsed = (sql: string): { readonly text: number; readonly result: number } => {
    try {
      const bytes = query.lengthBytesUTF8(sql) + 1;
      const text = query._malloc(bytes);
      query.stringToUTF8(sql, text, bytes);
      return { text, result: query._wasm_parse_query_raw(text) };
    } catch (error) {
      undoCrash();
      throw error;
    }
  };

  const treeOf = (sql: string): unknown => {
    const { text, result } = parsed(sql);
    try {
      if (result === 0 || query.getValue(result + 8, "i32") !== 0) return null;
      return JSON.parse(query.UTF8ToString(query.getValue(result, "i32")));
    } finally {
      query._free(text);
      if (result !== 0) query._wasm_free_parse_result(result);
    }
  };

  return (sql) => {
    // A NUL would cut the statement short.
    if (sql.length > longestStatement || sql.includes("\0")) return null;
    try {
      const tree = treeOf(sql);
      if (tree === null) return null;
      const statements = isNode(tree) && Array.isArray(tree["stmts"]) ? tree["stmts"].filter(isNode) : [];
      return statements.map(({ stmt }) => stmt).filter(isNode);
    } catch (error) {
      // An expression of some eight thousand operators is deeper than the stack: the parser knows no limit of its own.
      if (error instanceof RangeError) return null;
      throw error;
    }
  };
}

export function isNode(value: unknown): value is ParseNode {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Every node that stands under `key` anywhere in a tree, by itself or in a list. */
export function* findNodes(tree: unknown, key: string): Generator<ParseNode> {
  if (typeof tree !== "object" || tree === null) return;
  for (const [name, value] of Object.entries(tree)) {
    if (name === key) yield* (Array.isArray(value) ? value : [value]).filter(isNode);
    yield* findNodes(value, key);
  }
}

/** Every text that stands under `key` anywhere in a tree. */
export function* findTexts(tree: unknown, key: string): Generator<string> {
  if (typeof tree !== "object" || tree === null) return;
  for (const [name, value] of Object.entries(tree)) {
    if (name === key && typeof value === "string") yield value;
    yield* findTexts(value, key);
  }
}
