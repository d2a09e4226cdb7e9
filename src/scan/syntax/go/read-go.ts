import type { Tree } from "web-tree-sitter";
import type { Expression, FileSyntax, ParameterSyntax } from "../syntax.ts";
import { draftFile } from "../tree-sitter/draft-file.ts";
import type { FileDraft } from "../tree-sitter/draft-file.ts";
import { createLowering } from "../tree-sitter/lower-nodes.ts";
import { childOf, fieldOf, fieldsOf } from "../tree-sitter/read-nodes.ts";
import type { SyntaxNode } from "../tree-sitter/read-nodes.ts";
import { expressionRules } from "./expressions.ts";
import { statementRules } from "./statements.ts";
import { stringOf } from "./strings.ts";
import { bareType, returnType } from "./types.ts";

/** What a Go file says; `tree` is that of the whole source, and stays the caller's. */
export function readGo(tree: Tree, source: string): FileSyntax {
  return draftFile("go", tree, source, { spines: ["binary_expression"] }, lowerFile);
}

function lowerFile(draft: FileDraft, root: SyntaxNode): void {
  const literals = new Map<number, number>();
  /** What the method that is being read calls its object. */
  let self: string | null = null;

  const { visit } = createLowering(draft, (lowering) => {
    const lowerFor = (bound: string | null, value: SyntaxNode): Expression =>
      value.type === "func_literal" ? literal(value, bound) : lowering.lower(value);
    return {
      expressions: {
        ...expressionRules(draft, lowering, () => self),
        func_literal: (node) => literal(node, null),
      },
      statements: {
        ...statementRules(draft, lowering, lowerFor),
        package_clause: (node) => draft.setPackage(draft.textOf(node.children[0] ?? node)),
        import_declaration: (node) => readImports(draft, node),
        function_declaration: (node) => define(node, null),
        method_declaration: (node) => define(node, fieldOf(node, "receiver")?.children[0] ?? null),
      },
    };
  });
  visit(root);

  /** A function, or a method, whose receiver is no parameter of a call: what is done to it is done to `this`. */
  function define(node: SyntaxNode, receiver: SyntaxNode | null): void {
    const nameNode = fieldOf(node, "name");
    const bare = nameNode === null ? "" : draft.textOf(nameNode);
    const receiverType = receiver === null ? null : fieldOf(receiver, "type");
    const owner = bareType(draft, receiverType);
    const isPointer = receiverType?.type === "pointer_type";
    draft.define(
      {
        name: bare,
        owner,
        qualified: owner === null ? bare : `${isPointer ? `(*${owner})` : owner}.${bare}`,
        ...signature(node),
        isExported: isCapital(bare),
        marks: [],
        at: nameNode?.start ?? node.start,
        end: node.end,
      },
      () => {
        const nameOfReceiver = receiver === null ? null : fieldOf(receiver, "name");
        self = nameOfReceiver === null ? null : draft.textOf(nameOfReceiver);
        visit(fieldOf(node, "body"));
        self = null;
      },
    );
  }

  function literal(node: SyntaxNode, bound: string | null): Expression {
    const { index: parent, qualified } = draft.current();
    const count = (literals.get(parent) ?? 0) + 1;
    literals.set(parent, count);
    const called = bound ?? `func${count}`;
    const heard = signature(node);
    const outer = self;
    const index = draft.define(
      {
        name: bound,
        owner: null,
        qualified: qualified === "" ? called : `${qualified}.${called}`,
        ...heard,
        isExported: bound !== null && parent === 0 && isCapital(bound),
        marks: [],
        at: node.start,
        end: node.end,
      },
      () => {
        if (heard.params.some((param) => param.name === self)) self = null;
        visit(fieldOf(node, "body"));
      },
    );
    self = outer;
    return { is: "function", index, at: node.start };
  }

  function signature(node: SyntaxNode): { params: ParameterSyntax[]; returns: string | null } {
    const params = (fieldOf(node, "parameters")?.children ?? []).flatMap((each): ParameterSyntax[] => {
      const type = bareType(draft, fieldOf(each, "type"));
      const names = fieldsOf(each, "name").map((one) => draft.textOf(one));
      return (names.length === 0 ? ["_"] : names).map((one) => ({ name: one, type, default: null }));
    });
    return { params, returns: returnType(draft, fieldOf(node, "result")) };
  }
}

function isCapital(identifier: string): boolean {
  return /^\p{Lu}/u.test(identifier);
}

/** A dot import gives the file every name of the package; a blank one gives none, and is called `_`. */
function readImports(draft: FileDraft, declaration: SyntaxNode): void {
  const list = childOf(declaration, "import_spec_list") ?? declaration;
  for (const spec of list.children) {
    const path = fieldOf(spec, "path");
    if (path === null) continue;
    const module = stringOf(draft.textOf(path));
    const alias = fieldOf(spec, "name");
    const given = alias === null ? packageOf(module) : draft.textOf(alias);
    draft.imports.push({ local: given === "." ? null : given, module, exported: "*" });
  }
}

/** What a package is most likely called: `redis` of `github.com/redis/go-redis/v9`, `yaml` of `gopkg.in/yaml.v3`. */
function packageOf(path: string): string {
  const segments = path.split("/");
  const last = segments.pop() ?? path;
  const named = /^v\d+$/.test(last) ? (segments.pop() ?? last) : last;
  return named
    .replace(/\.v\d+$/, "")
    .replace(/^go-|[-.]go$/g, "")
    .replaceAll("-", "_");
}
