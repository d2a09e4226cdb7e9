import type { ts } from "ts-morph";
import type {
  Expression,
  FunctionSyntax,
  ImportSyntax,
  ParameterSyntax,
  Statement,
  TypeSyntax,
} from "../syntax.ts";

/** The compiler, as a value: it is loaded at first need and handed in. */
export type Compiler = typeof ts;

/** A function that is being read. The same object ends up in `FileSyntax`, so what is pushed to it is kept. */
export interface OpenFunction extends FunctionSyntax {
  readonly params: ParameterSyntax[];
  readonly body: Statement[];
  returns: string | null;
}

/** What a value is bound to, as far as it gives a function in it a name. */
export interface Binding {
  /** Null for `export default` and `module.exports`: what stands inside has names of its own. */
  readonly name: string | null;
  readonly owner: string | null;
  /** Dotted, from the file's top: `names.ops`; empty where `name` is null. */
  readonly qualified: string;
  readonly isExported: boolean;
  /** Where the name stands. */
  readonly at: number;
}

/** The state of reading one file: what was found, and where in it the reading is. */
export interface Reading {
  readonly compiler: Compiler;
  readonly source: string;
  readonly file: ts.SourceFile;
  readonly functions: OpenFunction[];
  readonly types: TypeSyntax[];
  readonly imports: ImportSyntax[];
  /** The file's own names that other files may read: complete when all of the file was read. */
  readonly exported: Set<string>;
  /** Functions that no other file can name, although their owner is exported: private methods. */
  readonly hidden: Set<number>;
  /** The function that is read now, and its index. */
  into: OpenFunction;
  index: number;
  /** What `this` is: `this`, or the class where it is static. */
  self: string;
  /** The type parameters that are in reach, with the bare type that each extends: they name no type of the program. */
  generics: ReadonlyMap<string, string | null>;
  /** The namespaces around, dotted; null outside of any. */
  space: string | null;
  /** The value of a node; what it does beside (an assignment in an expression) is pushed to `into`. */
  readonly expression: (node: ts.Node) => Expression;
  /** Reads a node for its effect. */
  readonly statement: (node: ts.Node) => void;
  /** The value of a node that is bound to a name at once. */
  readonly bound: (node: ts.Node, binding: Binding) => Expression;
}

/** How nodes of one kind are read: null where the node pushed all that it does, and has no value. */
export interface Case {
  readonly kind: ts.SyntaxKind;
  readonly lower: (node: ts.Node, reading: Reading) => Expression | null;
}

/** A case whose nodes are of one type. */
export function on<N extends ts.Node>(
  kind: ts.SyntaxKind,
  is: (node: ts.Node) => node is N,
  lower: (node: N, reading: Reading) => Expression | null,
): Case {
  return { kind, lower: (node, reading) => (is(node) ? lower(node, reading) : null) };
}

const space = 32;
const slash = 47;

/** Where the first token of a node stands: `getStart`, without its work where no comment can be before it. */
export function startOf({ source, file }: Pick<Reading, "source" | "file">, node: ts.Node): number {
  const { pos } = node;
  const first = source.charCodeAt(pos);
  if (isPlain(first)) return pos;
  if (first === space && isPlain(source.charCodeAt(pos + 1))) return pos + 1;
  return node.getStart(file);
}

/** Neither white space nor the beginning of a comment, `#!` or a merge conflict's mark. */
function isPlain(code: number): boolean {
  return (
    code > 35 && code < 127 && code !== slash && code !== 60 && code !== 61 && code !== 62 && code !== 124
  );
}

export function other(at: number, ...inside: readonly Expression[]): Expression {
  return { is: "other", inside, at };
}

/** Whether reading a value twice does nothing: a name, or a path of members. */
export function isPath(value: Expression): boolean {
  return value.is === "name" || (value.is === "member" && isPath(value.of));
}

/** Pushes a value that is computed for its effect; a path alone has none. */
export function run(reading: Reading, value: Expression): void {
  if (isPath(value) || (value.is === "other" && value.inside.length === 0)) return;
  reading.into.body.push({ do: "run", value });
}

/** What a `set` says beside its target and value; by default a variable of its own function. */
export interface Setting {
  readonly isAppend?: boolean;
  readonly isConstant?: boolean;
  readonly isExported?: boolean;
  readonly type?: string | null;
}

export function set(
  reading: Reading,
  target: string | null,
  value: Expression,
  at: number,
  { isAppend = false, isConstant = false, isExported = false, type = null }: Setting = {},
): void {
  reading.into.body.push({ do: "set", target, value, isAppend, isConstant, isExported, type, at });
}
