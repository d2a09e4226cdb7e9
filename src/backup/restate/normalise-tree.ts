import { isNode } from "../../postgres/parse-sql.ts";
import type { ParseNode } from "../../postgres/parse-sql.ts";

type Tree = ParseNode | readonly ParseNode[] | string | number | boolean | null;

/**
 * A parse tree without what servers print in more than one way: places in the text; a cast of an array, which PostgreSQL
 * prints as one of each element once it has read it back; the name of the table before a column, where a query reads only
 * that one (left out since 16).
 */
export function normaliseTree(tree: Tree): Tree {
  if (Array.isArray(tree)) return tree.map((each: ParseNode) => asNode(normaliseTree(each)));
  if (!isNode(tree)) return tree;
  const cast = tree["TypeCast"];
  if (isNode(cast)) {
    const spread = spreadCast(cast);
    if (spread !== undefined) return normaliseTree(spread);
  }
  const select = tree["SelectStmt"];
  const bare = isNode(select) ? withoutOnlyTable(select) : undefined;
  const entries = Object.entries(bare === undefined ? tree : { ...tree, SelectStmt: bare });
  return Object.fromEntries(
    entries.filter(([key]) => !places.has(key)).map(([key, value]) => [key, normaliseTree(value)]),
  );
}

const places: ReadonlySet<string> = new Set([
  "location",
  "list_start",
  "list_end",
  "stmt_location",
  "stmt_len",
]);

function asNode(tree: Tree): ParseNode {
  return isNode(tree) ? tree : { value: tree };
}

/** `ARRAY[a, b]::text[]` as `ARRAY[a::text, b::text]`. */
function spreadCast(cast: ParseNode): ParseNode | undefined {
  const { arg, typeName } = cast;
  if (!isNode(arg) || !isNode(typeName) || !Array.isArray(typeName["arrayBounds"])) return undefined;
  const array = arg["A_ArrayExpr"];
  const elements = isNode(array) ? array["elements"] : undefined;
  if (!isNode(array) || !Array.isArray(elements)) return undefined;
  const { arrayBounds: _, ...elementType } = typeName;
  const casts = elements.map((element: ParseNode) => ({ TypeCast: { arg: element, typeName: elementType } }));
  return { A_ArrayExpr: { ...array, elements: casts } };
}

/** The query with its columns bare, when it reads from one table or subquery alone. */
function withoutOnlyTable(select: ParseNode): ParseNode | undefined {
  const from = select["fromClause"];
  if (!Array.isArray(from) || from.length !== 1) return undefined;
  const name = nameOfSource(from[0]);
  return name === undefined ? undefined : stripName(select, name);
}

function nameOfSource(source: Tree | undefined): string | undefined {
  if (!isNode(source)) return undefined;
  const item = Object.values(source)[0];
  if (!isNode(item)) return undefined;
  const alias = isNode(item["alias"]) ? item["alias"]["aliasname"] : undefined;
  const name = alias ?? item["relname"];
  return typeof name === "string" ? name : undefined;
}

/** Not inside further queries, where the same name may be another table's. */
function stripName(node: ParseNode, name: string): ParseNode {
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => {
      if (key === "fields" && Array.isArray(value) && value.length === 2 && isString(value[0], name)) {
        return [key, value.slice(1)];
      }
      if (key === "SelectStmt" || key === "fromClause") return [key, value];
      if (Array.isArray(value))
        return [key, value.map((each: ParseNode) => (isNode(each) ? stripName(each, name) : each))];
      return [key, isNode(value) ? stripName(value, name) : value];
    }),
  );
}

function isString(node: Tree | undefined, text: string): boolean {
  const string = isNode(node) ? node["String"] : undefined;
  return isNode(string) && string["sval"] === text;
}
