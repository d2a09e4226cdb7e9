import type { Tree } from "web-tree-sitter";
import type { Expression, FileSyntax, ParameterSyntax } from "../syntax.ts";
import { draftFile } from "../tree-sitter/draft-file.ts";
import type { FileDraft, FunctionHead } from "../tree-sitter/draft-file.ts";
import { dottedPath } from "../dotted-path.ts";
import { name } from "../tree-sitter/expressions.ts";
import { setName } from "../scope/set-name.ts";
import { createLowering } from "../tree-sitter/lower-nodes.ts";
import { fieldOf } from "../tree-sitter/read-nodes.ts";
import type { SyntaxNode } from "../tree-sitter/read-nodes.ts";
import { bareType } from "./bare-type.ts";
import { expressionRules } from "./expressions.ts";
import type { ClassDraft, Scope } from "./scope.ts";
import { statementRules } from "./statements.ts";

/** Decorators that only say how a function is called: they enter nothing. */
const hints =
  /^(?:staticmethod|classmethod|(?:\w+\.)?(?:property|cached_property|setter|deleter|abstractmethod|override|overload|final|wraps|cache|lru_cache|contextmanager|asynccontextmanager))$/;

/** What a Python file says; `tree` is that of the whole source, and stays the caller's. */
export function readPython(tree: Tree, source: string): FileSyntax {
  return draftFile("python", tree, source, { spines: ["binary_operator", "boolean_operator"] }, lowerFile);
}

function lowerFile(draft: FileDraft, root: SyntaxNode): void {
  const scope: Scope = { class: null, method: null };
  const { lower, visit } = createLowering(draft, (lowering) => {
    const lowerFor = (bound: string | null, value: SyntaxNode): Expression =>
      value.type === "lambda" ? lambda(value, bound) : lowering.lower(value);
    return {
      expressions: {
        ...expressionRules(draft, lowering),
        lambda: (node) => lambda(node, null),
      },
      statements: {
        ...statementRules(draft, lowering, scope, lowerFor),
        function_definition: (node) => defineFunction(node, []),
        class_definition: (node) => defineClass(node),
        decorated_definition(node) {
          const marks = node.children.flatMap((each) => (each.type === "decorator" ? readMark(each) : []));
          const definition = fieldOf(node, "definition");
          if (definition?.type === "function_definition") defineFunction(definition, marks);
          else visit(definition);
        },
      },
    };
  });
  visit(root);

  /** The name of a decorator; what it is called with is run. */
  function readMark(decorator: SyntaxNode): string[] {
    const value = lower(decorator.children[0] ?? null);
    if (value.is !== "name" && value.is !== "member") draft.emit({ do: "run", value });
    const path = dottedPath(value.is === "call" ? value.callee : value);
    return path === null ? [] : [path];
  }

  function defineFunction(node: SyntaxNode, marks: readonly string[]): void {
    const nameNode = fieldOf(node, "name");
    const bare = nameNode === null ? "" : draft.textOf(nameNode);
    const of = scope.class;
    const { index: parent } = draft.current();
    const all = readParams(fieldOf(node, "parameters"));
    const isMethod = of !== null && !marks.includes("staticmethod");
    const self = isMethod ? all[0] : undefined;
    const params = self === undefined ? all : all.slice(1);
    const returns = fieldOf(node, "return_type");
    define(
      {
        name: bare,
        owner: of?.name ?? null,
        qualified: qualify(of === null ? bare : `${of.name}.${bare}`),
        params,
        returns: returns === null ? null : bareType(draft.textOf(returns)),
        isExported: parent === 0,
        marks: marks.filter((mark) => !hints.test(mark)),
        at: nameNode?.start ?? node.start,
        end: node.end,
      },
      self === undefined ? null : self.name,
      () => visit(fieldOf(node, "body")),
    );
  }

  function lambda(node: SyntaxNode, bound: string | null): Expression {
    const params = readParams(fieldOf(node, "parameters"));
    const index = define(
      {
        name: bound,
        owner: null,
        qualified: qualify(bound ?? "<lambda>"),
        params,
        returns: null,
        isExported: bound !== null && draft.current().index === 0,
        marks: [],
        at: node.start,
        end: node.end,
      },
      null,
      () => draft.emit({ do: "return", value: lower(fieldOf(node, "body")) }),
    );
    return { is: "function", index, at: node.start };
  }

  /** `self` is what a method calls its object: no parameter of a call. Every other name for it is set to that. */
  function define(head: FunctionHead, self: string | null, lowerBody: () => void): number {
    const { class: of, method } = scope;
    const types = new Map(head.params.map((param) => [param.name, param.type]));
    scope.class = null;
    scope.method = of !== null && self !== null ? { class: of, self, types } : null;
    const index = draft.define(head, () => {
      if (self !== null && self !== "self" && of !== null)
        draft.emit({ ...setName(head.at, self, name(head.at, "self")), isConstant: true, type: of.name });
      lowerBody();
    });
    scope.class = of;
    scope.method = method;
    return index;
  }

  function defineClass(node: SyntaxNode): void {
    const nameNode = fieldOf(node, "name");
    if (nameNode === null) return;
    const above: string[] = [];
    for (const each of fieldOf(node, "superclasses")?.children ?? []) {
      const value = each.type === "subscript" ? fieldOf(each, "value") : each;
      if (value?.type === "identifier" || value?.type === "attribute") above.push(draft.textOf(value));
      else visit(fieldOf(each, "value") ?? each);
    }
    const draftClass: ClassDraft = { name: draft.textOf(nameNode), fields: [] };
    const isInterface = above.some((each) => /(?:^|\.)(?:ABC|Protocol)$/.test(each));
    const methods: string[] = [];
    draft.types.push({
      name: draftClass.name,
      isInterface,
      above,
      fields: draftClass.fields,
      methods,
      at: nameNode.start,
    });
    const outer = scope.class;
    scope.class = draftClass;
    const body = fieldOf(node, "body");
    visit(body);
    scope.class = outer;
    if (!isInterface) return;
    for (const each of body?.children ?? []) {
      const demanded = fieldOf(fieldOf(each, "definition") ?? each, "name");
      if (/^(?:function|decorated)_definition$/.test(each.type) && demanded !== null)
        methods.push(draft.textOf(demanded));
    }
  }

  function qualify(bare: string): string {
    const { qualified } = draft.current();
    return qualified === "" ? bare : `${qualified}.<locals>.${bare}`;
  }

  function readParams(list: SyntaxNode | null): ParameterSyntax[] {
    return (list?.children ?? []).flatMap((each): ParameterSyntax[] => {
      const nameNode = fieldOf(each, "name") ?? (each.type === "identifier" ? each : each.children[0]);
      const type = fieldOf(each, "type");
      const value = fieldOf(each, "value");
      if (nameNode === undefined) return [];
      return [
        {
          name: draft.textOf(nameNode).replace(/^\*+/, ""),
          type: type === null ? null : bareType(draft.textOf(type)),
          default: value === null ? null : lower(value),
        },
      ];
    });
  }
}
