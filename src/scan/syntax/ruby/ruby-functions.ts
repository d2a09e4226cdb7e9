import { qualify } from "../scope/create-scope.ts";
import type { Expression, ParameterSyntax } from "../syntax.ts";
import { isNothing } from "../tree-sitter/expressions.ts";
import type { Rules } from "../tree-sitter/lower-nodes.ts";
import { fieldOf, type SyntaxNode } from "../tree-sitter/read-nodes.ts";
import { lowerSequence } from "./lower-sequence.ts";
import type { RubyFile } from "./ruby-file.ts";

/** Methods. */
export function rubyFunctions(file: RubyFile): Rules["statements"] {
  const { draft, scope } = file;

  function define(node: SyntaxNode, owner: string | null, mark: string): void {
    const nameNode = fieldOf(node, "name");
    const body = fieldOf(node, "body");
    if (nameNode === null) return file.lowering.visit(body);
    const name = draft.textOf(nameNode);
    const qualified = qualify(owner ?? "", name, mark);
    const params = readParameters(file, fieldOf(node, "parameters"));
    const isExported = !file.hidden.has(node);
    const head = {
      name,
      owner,
      qualified,
      params,
      returns: null,
      isExported,
      marks: [],
      at: nameNode.start,
      end: node.end,
    };
    draft.define(head, () => {
      file.locals.inside(
        params.map((parameter) => parameter.name),
        false,
        () => {
          scope.inside(scope.owner, qualified, () => emitBody(file, body));
        },
      );
    });
  }

  return {
    method: (node) => define(node, scope.owner, scope.members === "singleton" ? "." : "#"),
    singleton_method: (node) => {
      const object = fieldOf(node, "object");
      const isSelf = object === null || object.type === "self";
      define(node, isSelf ? scope.owner : draft.textOf(object), ".");
    },
  };
}

/** A block or a lambda as a function of its own; `name` is what it is bound to at once, null when there is nothing; `owner` the module whose method that makes it. */
export function defineBlock(
  file: RubyFile,
  node: SyntaxNode,
  name: string | null,
  owner: string | null = null,
): Expression {
  const { draft, scope } = file;
  // A lambda's parameters stand beside its block.
  const block = node.type === "lambda" ? (fieldOf(node, "body") ?? node) : node;
  const params = readParameters(file, fieldOf(node, "parameters") ?? fieldOf(block, "parameters"));
  const qualified =
    name === null ? `block in ${scope.path === "" ? "<main>" : scope.path}` : qualify(owner ?? "", name, "#");
  const head = {
    name,
    owner,
    qualified,
    params,
    returns: null,
    isExported: false,
    marks: [],
    at: node.start,
    end: node.end,
  };
  const index = draft.define(head, () => {
    file.locals.inside(
      params.map((parameter) => parameter.name),
      true,
      () => {
        emitBody(file, fieldOf(block, "body"));
      },
    );
  });
  return { is: "function", index, at: node.start };
}

/** The last value of a body is what it returns. */
function emitBody(file: RubyFile, body: SyntaxNode | null): void {
  if (body === null) return;
  const isSequence = body.type === "body_statement" || body.type === "block_body";
  const value = lowerSequence(file, isSequence ? body.children : [body], body.start);
  if (!isNothing(value)) file.draft.emit({ do: "return", value });
}

export function readParameters(file: RubyFile, node: SyntaxNode | null): readonly ParameterSyntax[] {
  return (node?.children ?? []).flatMap((child): readonly ParameterSyntax[] => {
    if (child.type === "identifier") return [{ name: file.draft.textOf(child), type: null, default: null }];
    if (child.type === "destructured_parameter") return readParameters(file, child);
    const name = fieldOf(child, "name");
    if (name === null) return [];
    const value = fieldOf(child, "value");
    return [
      {
        name: file.draft.textOf(name),
        type: null,
        default: value === null ? null : file.lowering.lower(value),
      },
    ];
  });
}
