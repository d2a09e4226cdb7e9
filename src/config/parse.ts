import { isMap, isNode, isScalar, LineCounter, parseDocument, visit } from "yaml";
import type { Alias, Document, Node } from "yaml";
import type { Environment } from "./folders.ts";
import { explainIssue } from "./explain-issue.ts";
import { problemsBetween } from "./problems-between.ts";
import { configSchema } from "./schema.ts";
import type { ConfigFile } from "./schema.ts";
import { substitute } from "./substitute.ts";

/** One thing wrong with a configuration; line and column count from 1. */
export interface ConfigProblem {
  readonly line: number;
  readonly column: number;
  /** `targets[0].kind`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
}

interface ParseOptions {
  readonly env: Environment;
  /** What `file:PATH` is relative to. */
  readonly folder: string;
  /**
   * The sections that the caller uses. What a variable or a file fails to fill in elsewhere is no concern of its:
   * `smoke` must run beside a proxy's configuration whose secrets it was never given.
   */
  readonly sections: readonly (keyof ConfigFile)[];
}

/** Parses the whole configuration; either it, or every problem of it. */
export function parseConfig(
  source: string,
  options: ParseOptions,
): { readonly config: ConfigFile } | { readonly problems: readonly ConfigProblem[] } {
  const lines = new LineCounter();
  const document = parseDocument(source, {
    lineCounter: lines,
    prettyErrors: false,
    logLevel: "error",
    version: "1.2",
  });
  const at = (offset: number): { line: number; column: number } => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  if (document.errors.length > 0) {
    return {
      problems: document.errors.map((each) => ({ ...at(each.pos[0]), path: "", message: each.message })),
    };
  }
  const dangling = danglingAliases(document);
  if (dangling.length > 0) {
    return {
      problems: dangling.map((each) => ({
        ...at(each.range?.[0] ?? 0),
        path: "",
        message: `*${each.source} refers to nothing`,
      })),
    };
  }
  const unfilled = substitute(document, options.env, options.folder);
  const value = readDocument(document);
  if (value === undefined)
    return { problems: [{ line: 1, column: 1, path: "", message: "aliases make it too large" }] };
  const parsed = configSchema.safeParse(value, { error: explainIssue });
  const isUnfilled = (node: Node | null): boolean => unfilled.some((each) => each.node === node);
  const problems: ConfigProblem[] = [];
  for (const issue of parsed.error?.issues ?? []) {
    if (issue.code === "unrecognized_keys") {
      for (const key of issue.keys) {
        const path = [...issue.path, key];
        problems.push({
          ...at(keyOffset(document, issue.path, key)),
          path: showPath(path),
          message: "unknown key",
        });
      }
      continue;
    }
    if (isUnfilled(nodeAt(document, issue.path))) continue;
    problems.push({
      ...at(offsetOf(document, issue.path)),
      path: showPath(issue.path),
      message: issue.message,
    });
  }
  for (const { path, message } of problemsBetween(value))
    if (!isUnfilled(nodeAt(document, path)))
      problems.push({ ...at(offsetOf(document, path)), path: showPath(path), message });
  const used = options.sections.map((section) => document.get(section, true)).filter(isNode);
  for (const { node, message } of unfilled) {
    if (!used.some((section) => contains(section, node))) continue;
    problems.push({ ...at(node.range?.[0] ?? 0), path: "", message });
  }
  if (problems.length > 0)
    return { problems: problems.toSorted((a, b) => a.line - b.line || a.column - b.column) };
  return { config: parsed.data ?? {} };
}

/** The plain value; undefined when aliases of aliases would blow it up. */
function readDocument(document: Document): unknown {
  if (document.contents === null) return {};
  try {
    return document.toJS();
  } catch (error) {
    if (error instanceof ReferenceError) return undefined;
    throw error;
  }
}

/** Aliases without an anchor before them: the parser lets them pass, and reading the document would throw. */
function danglingAliases(document: Document): readonly Alias[] {
  const dangling: Alias[] = [];
  visit(document, {
    Alias(_, node) {
      if (node.resolve(document) === undefined) dangling.push(node);
    },
  });
  return dangling;
}

function nodeAt(document: Document, path: readonly PropertyKey[]): Node | null {
  const node: unknown = path.length === 0 ? document.contents : document.getIn(path, true);
  return isNode(node) ? node : null;
}

/** Where a value starts; that of what it is missing from when it is not there. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = nodeAt(document, path.slice(0, length));
    if (node?.range) return node.range[0];
  }
  return 0;
}

function keyOffset(document: Document, path: readonly PropertyKey[], key: string): number {
  const map = nodeAt(document, path);
  const pair = isMap(map)
    ? map.items.find((each) => isScalar(each.key) && String(each.key.value) === key)
    : undefined;
  return (isScalar(pair?.key) ? pair.key.range?.[0] : undefined) ?? offsetOf(document, path);
}

function contains(outer: Node, inner: Node): boolean {
  const [from, to] = [outer.range?.[0] ?? 0, outer.range?.[2] ?? 0];
  const start = inner.range?.[0] ?? -1;
  return start >= from && start <= to;
}

function showPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((shown, each) => {
    if (typeof each === "number") return `${shown}[${each}]`;
    return shown === "" ? String(each) : `${shown}.${String(each)}`;
  }, "");
}
