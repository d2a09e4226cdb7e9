import type { Node, Tree } from "web-tree-sitter";
import type { ShellAssignment, ShellRedirect, ShellStatement, ShellWord } from "./script.ts";
import { readHeredoc, readWord } from "./read-word.ts";

/** What a script runs, from its syntax tree. What the parser did not understand is read as far as it holds commands. */
export function readScript(tree: Tree, source: string): readonly ShellStatement[] {
  return readStatements(tree.rootNode, source);
}

function readStatements(node: Node, source: string): readonly ShellStatement[] {
  return node.namedChildren.flatMap((child) => (child === null ? [] : readStatement(child, source)));
}

const word = (node: Node, source: string): ShellWord =>
  readWord(node, source, (body) => readStatements(body, source));

function readStatement(node: Node, source: string): readonly ShellStatement[] {
  switch (node.type) {
    case "command":
      return [readCommand(node, source)];
    case "redirected_statement":
      return readRedirected(node, source);
    case "pipeline":
      return [{ do: "pipe", stages: readStatements(node, source) }];
    case "if_statement":
      return readIf(node, source);
    case "case_statement":
      return [
        ...insideWord(node.childForFieldName("value"), source),
        {
          do: "branch",
          ways: named(node, "case_item").map((item) =>
            item.namedChildren.flatMap((child, index) =>
              child === null || item.fieldNameForNamedChild(index) === "value"
                ? []
                : readStatement(child, source),
            ),
          ),
        },
      ];
    case "for_statement":
      return [readFor(node, source)];
    case "function_definition": {
      const name = node.childForFieldName("name");
      const body = node.childForFieldName("body");
      if (name === null || body === null) return [];
      return [
        {
          do: "define",
          name: name.text,
          body: group(readStatement(body, source)),
          at: node.startIndex,
          end: node.endIndex,
        },
      ];
    }
    case "variable_assignment": {
      const set = readAssignment(node, source);
      return set === null ? [] : [{ do: "set", set }];
    }
    case "declaration_command":
    case "variable_assignments":
      return named(node, "variable_assignment").flatMap((child) => readStatement(child, source));
    case "comment":
    case "word":
    case "variable_name":
      return [];
    case "string":
    case "concatenation":
    case "simple_expansion":
    case "expansion":
    case "command_substitution":
      // Below a test, an arithmetic or an error: only what is run inside of it counts.
      return insideWord(node, source);
    default:
      // Lists, groups, loops, negations, tests, errors: all that they hold, in order.
      return [group(readStatements(node, source))];
  }
}

const group = (body: readonly ShellStatement[]): ShellStatement => ({ do: "group", body, redirects: [] });

const named = (node: Node, type: string): readonly Node[] =>
  node.namedChildren.filter((child): child is Node => child !== null && child.type === type);

/** The statements in the `$(…)` of a word that itself does nothing. */
function insideWord(node: Node | null, source: string): readonly ShellStatement[] {
  if (node === null) return [];
  return word(node, source).parts.flatMap((part) => (part.is === "output" ? [group(part.body)] : []));
}

function readCommand(node: Node, source: string): ShellStatement {
  const words: ShellWord[] = [];
  const sets: ShellAssignment[] = [];
  const redirects: ShellRedirect[] = [];
  for (const child of node.namedChildren) {
    if (child === null || child.type === "comment") continue;
    if (child.type === "variable_assignment") {
      const set = readAssignment(child, source);
      if (set !== null) sets.push(set);
    } else if (child.type.endsWith("_redirect")) {
      redirects.push(...readRedirect(child, source));
    } else {
      words.push(word(child, source));
    }
  }
  return { do: "run", words, sets, redirects };
}

function readAssignment(node: Node, source: string): ShellAssignment | null {
  const name = node.childForFieldName("name");
  const value = node.childForFieldName("value");
  if (name === null) return null;
  const isAppend = node.children.some((child) => child?.type === "+=");
  const target = name.type === "subscript" ? (name.childForFieldName("name")?.text ?? name.text) : name.text;
  if (value?.type === "array") {
    const values = value.namedChildren.flatMap((child) =>
      child === null || child.type === "comment" ? [] : [word(child, source)],
    );
    return { name: target, values, isArray: true, isAppend };
  }
  const values = value === null ? [] : [word(value, source)];
  return { name: target, values, isArray: false, isAppend: isAppend || name.type === "subscript" };
}

function readIf(node: Node, source: string): readonly ShellStatement[] {
  const condition: ShellStatement[] = [];
  const ways: ShellStatement[][] = [[]];
  node.namedChildren.forEach((child, index) => {
    if (child === null) return;
    if (node.fieldNameForNamedChild(index) === "condition") condition.push(...readStatement(child, source));
    else if (child.type === "elif_clause" || child.type === "else_clause")
      ways.push([...readStatements(child, source)]);
    else ways[0]?.push(...readStatement(child, source));
  });
  return [...condition, { do: "branch", ways }];
}

function readFor(node: Node, source: string): ShellStatement {
  const items: ShellWord[] = [];
  node.namedChildren.forEach((child, index) => {
    if (child !== null && node.fieldNameForNamedChild(index) === "value") items.push(word(child, source));
  });
  const body = node.childForFieldName("body");
  return {
    do: "for",
    variable: node.childForFieldName("variable")?.text ?? "_",
    items,
    body: body === null ? [] : readStatements(body, source),
  };
}

/** `body` with what is redirected; a here-document's node holds what follows its first line as well: `| psql`, `&& …`. */
function readRedirected(node: Node, source: string): readonly ShellStatement[] {
  const redirects: ShellRedirect[] = [];
  const after: ShellStatement[] = [];
  let stages: readonly ShellStatement[] = [];
  let body: readonly ShellStatement[] = [];
  node.namedChildren.forEach((child, index) => {
    if (child === null) return;
    if (!child.type.endsWith("_redirect")) {
      if (node.fieldNameForNamedChild(index) === "body" || body.length === 0)
        body = readStatement(child, source);
      return;
    }
    redirects.push(...readRedirect(child, source));
    if (child.type !== "heredoc_redirect") return;
    for (const part of child.namedChildren) {
      if (
        part === null ||
        /^heredoc|_redirect$|^(?:word|string|raw_string|concatenation|file_descriptor)$/.test(part.type)
      )
        continue;
      if (part.type === "pipeline") stages = readStatements(part, source);
      else after.push(...readStatement(part, source));
    }
  });
  const [first, ...more] = body;
  let whole: ShellStatement;
  // `a | b <<EOF`: the last of a pipeline reads it.
  if (first?.do === "pipe" && more.length === 0) {
    const last = first.stages.at(-1);
    whole = {
      do: "pipe",
      stages: [...first.stages.slice(0, -1), ...(last === undefined ? [] : [withRedirects(last, redirects)])],
    };
  } else {
    whole =
      first !== undefined && more.length === 0
        ? withRedirects(first, redirects)
        : { do: "group", body, redirects };
  }
  const piped: ShellStatement = stages.length === 0 ? whole : { do: "pipe", stages: [whole, ...stages] };
  return [piped, ...after];
}

function withRedirects(statement: ShellStatement, redirects: readonly ShellRedirect[]): ShellStatement {
  if (statement.do === "run") return { ...statement, redirects: [...statement.redirects, ...redirects] };
  // `a && b <<EOF`: what comes last reads it.
  if (statement.do === "group" && statement.redirects.length === 0 && statement.body.length === 1) {
    return { ...statement, redirects };
  }
  return { do: "group", body: [statement], redirects };
}

function readRedirect(node: Node, source: string): readonly ShellRedirect[] {
  if (node.type === "herestring_redirect") {
    const text = node.namedChildren.find((child) => child !== null && child.type !== "file_descriptor");
    return text === null || text === undefined ? [] : [{ to: "input", text: word(text, source) }];
  }
  if (node.type === "heredoc_redirect") {
    const inner = node.namedChildren.flatMap((child) =>
      child !== null && child.type.endsWith("_redirect") ? readRedirect(child, source) : [],
    );
    const body = named(node, "heredoc_body")[0];
    const start = named(node, "heredoc_start")[0];
    const end = named(node, "heredoc_end")[0];
    if (body === undefined || start === undefined) return inner;
    const isIndented = node.children.some((child) => child?.type === "<<-");
    const isRaw = /['"\\]/.test(start.text);
    const to = end === undefined ? body.endIndex : source.lastIndexOf("\n", end.startIndex - 1) + 1;
    const text = readHeredoc(body, source, Math.max(to, body.startIndex), { isRaw, isIndented }, (inside) =>
      readStatements(inside, source),
    );
    return [...inner, { to: "input", text }];
  }
  const path = node.childForFieldName("destination");
  if (path === null) return [];
  const operator = node.children.find((child) => child !== null && /[<>]/.test(child.type))?.type ?? "";
  const descriptor = node.childForFieldName("descriptor")?.text;
  if (operator.startsWith("<")) return [{ to: "read", path: word(path, source) }];
  const writesOutput = descriptor === undefined || descriptor === "1";
  return writesOutput && !operator.includes("&") ? [{ to: "write", path: word(path, source) }] : [];
}
