import { readFile } from "node:fs/promises";
import load from "libpg-query/wasm/libpg-query.js";
import wasmPath from "libpg-query/wasm/libpg-query.wasm" with { type: "file" };

/** One node of PostgreSQL's own parse tree, as JSON. */
export type ParseNode = { readonly [key: string]: ParseNode | readonly ParseNode[] | string | number | boolean | null };

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
  const binary = await readFile(wasmPath);
  const query = await load({
    instantiateWasm: (imports, done) => {
      void WebAssembly.instantiate(binary, imports).then(({ instance }) => done(instance));
      return {};
    },
  });
  return (sql) => {
    // A NUL would cut the statement short.
    if (sql.length > longestStatement || sql.includes("\0")) return null;
    const bytes = query.lengthBytesUTF8(sql) + 1;
    const text = query._malloc(bytes);
    query.stringToUTF8(sql, text, bytes);
    const result = query._wasm_parse_query_raw(text);
    try {
      // struct PgQueryParseResult { char *parse_tree; char *stderr_buffer; PgQueryError *error; }
      if (result === 0 || query.getValue(result + 8, "i32") !== 0) return null;
      const tree = JSON.parse(query.UTF8ToString(query.getValue(result, "i32"))) as { stmts?: readonly { stmt?: ParseNode }[] };
      return (tree.stmts ?? []).flatMap(({ stmt }) => (stmt === undefined ? [] : [stmt]));
    } finally {
      query._free(text);
      if (result !== 0) query._wasm_free_parse_result(result);
    }
  };
}

/** Every value of `key` anywhere in a tree. */
export function* findNodes(node: ParseNode | readonly ParseNode[], key: string): Generator<ParseNode> {
  if (Array.isArray(node)) {
    for (const item of node as readonly ParseNode[]) yield* findNodes(item, key);
    return;
  }
  for (const [name, value] of Object.entries(node)) {
    if (typeof value !== "object" || value === null) continue;
    if (name === key && !Array.isArray(value)) yield value as ParseNode;
    yield* findNodes(value as ParseNode, key);
  }
}

/** Every text that stands under `key` anywhere in a tree. */
export function* findTexts(node: ParseNode | readonly ParseNode[], key: string): Generator<string> {
  for (const [name, value] of Object.entries(node)) {
    if (name === key && typeof value === "string") yield value;
    else if (typeof value === "object" && value !== null) yield* findTexts(value as ParseNode, key);
  }
}
