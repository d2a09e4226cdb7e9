import { qualify } from "../scope/create-scope.ts";
import type { TypeSyntax } from "../syntax.ts";
import type { Rules } from "../tree-sitter/lower-nodes.ts";
import { childOf, fieldOf, type SyntaxNode } from "../tree-sitter/read-nodes.ts";
import { partsOf, type RubyFile } from "./ruby-file.ts";

const mixing = new Set(["include", "extend", "prepend"]);
const accessors = new Set(["attr_accessor", "attr_reader", "attr_writer"]);
const hiding = new Set(["private", "protected"]);

/** Classes and modules: `Shop::Names` when it stands in `module Shop`. */
export function rubyModules(file: RubyFile): Rules["statements"] {
  const { draft, lowering, scope } = file;

  function declare(node: SyntaxNode): void {
    const nameNode = fieldOf(node, "name");
    const body = fieldOf(node, "body");
    if (nameNode === null) return lowering.visitAll(node.children);
    const owner = qualify(scope.owner ?? "", draft.textOf(nameNode).replace(/^::/, ""), "::");
    const superclass = fieldOf(node, "superclass");
    draft.types.push(readType(file, owner, superclass, body, nameNode.start));
    // It may be computed: `Struct.new(:name)`.
    if (superclass?.children[0]?.type === "call") lowering.visitAll(superclass.children);
    markHidden(file, body);
    scope.inside(owner, owner, () => lowering.visit(body));
  }

  return {
    class: declare,
    module: declare,
    singleton_class: (node) => {
      const body = fieldOf(node, "body");
      markHidden(file, body);
      scope.insideOf("singleton", () => lowering.visit(body));
    },
  };
}

function readType(
  file: RubyFile,
  name: string,
  superclass: SyntaxNode | null,
  body: SyntaxNode | null,
  at: number,
): TypeSyntax {
  const above = partsOf(superclass).map((part) => file.draft.textOf(part));
  const fields: string[] = [];
  for (const child of partsOf(body)) {
    const called = calledName(file, child);
    const args = partsOf(fieldOf(child, "arguments")).map((arg) => file.draft.textOf(arg));
    if (mixing.has(called)) above.push(...args);
    if (accessors.has(called)) fields.push(...args.map((arg) => arg.replace(/^:/, "")));
  }
  return {
    name,
    isInterface: false,
    above,
    fields: fields.map((field) => ({ name: field, type: null })),
    methods: [],
    at,
  };
}

/** `private` alone hides what follows, `private def` that one, `private :a` those that it names. */
function markHidden(file: RubyFile, body: SyntaxNode | null): void {
  let isHidden = false;
  const named = new Set<string>();
  const methods: SyntaxNode[] = [];
  for (const child of partsOf(body)) {
    if (child.type === "method") {
      methods.push(child);
      if (isHidden) file.hidden.add(child);
    }
    if (child.type === "singleton_method") methods.push(child);
    if (child.type === "identifier") {
      const word = file.draft.textOf(child);
      if (hiding.has(word)) isHidden = true;
      if (word === "public") isHidden = false;
    }
    const called = calledName(file, child);
    if (!hiding.has(called) && called !== "private_class_method") continue;
    for (const arg of partsOf(fieldOf(child, "arguments"))) {
      if (arg.type === "simple_symbol") named.add(file.draft.textOf(arg).slice(1));
      else file.hidden.add(arg);
    }
  }
  for (const method of methods) {
    const name = fieldOf(method, "name");
    if (name !== null && named.has(file.draft.textOf(name))) file.hidden.add(method);
  }
}

function calledName(file: RubyFile, node: SyntaxNode): string {
  const method =
    node.type === "call" && childOf(node, "argument_list") !== null ? fieldOf(node, "method") : null;
  return method === null ? "" : file.draft.textOf(method);
}
