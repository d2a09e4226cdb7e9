import type { Tree } from "web-tree-sitter";
import type { Expression, FileSyntax, ParameterSyntax } from "../syntax.ts";
import { draftFile } from "../tree-sitter/draft-file.ts";
import type { FileDraft } from "../tree-sitter/draft-file.ts";
import { isNothing } from "../tree-sitter/expressions.ts";
import { createLowering } from "../tree-sitter/lower-nodes.ts";
import { childOf, fieldOf } from "../tree-sitter/read-nodes.ts";
import type { SyntaxNode } from "../tree-sitter/read-nodes.ts";
import { expressionRules } from "./expressions.ts";
import { readMark } from "./marks.ts";
import type { Scope } from "./scope.ts";
import { statementRules } from "./statements.ts";
import { readTokens } from "./tokens.ts";
import { bareType, readBounds, readFields, typeNamed } from "./types.ts";
import type { TypeDraft } from "./types.ts";

/** What a Rust file says; `tree` is that of the whole source, and stays the caller's. */
export function readRust(tree: Tree, source: string): FileSyntax {
  const options = { spines: ["binary_expression"], tokensOf: ["token_tree"] };
  return draftFile("rust", tree, source, options, lowerFile);
}

function lowerFile(draft: FileDraft, root: SyntaxNode): void {
  const scope: Scope = { self: null, isOpen: false, modules: [], marks: [] };
  const types: TypeDraft[] = [];
  const tokens = readTokens(draft);
  /** Attributes stand before what they mark, beside it. */
  let marks: string[] = [];

  const { lower, visit } = createLowering(draft, (lowering) => {
    const lowerFor = (bound: string | null, value: SyntaxNode): Expression =>
      value.type === "closure_expression" ? closure(value, bound) : lowering.lower(value);
    return {
      expressions: {
        ...expressionRules(draft, lowering, tokens, scope),
        closure_expression: (node) => closure(node, null),
      },
      statements: {
        ...statementRules(draft, lowering, scope, lowerFor),
        attribute_item: (node) => void marks.push(...readMark(draft, node)),
        inner_attribute_item: () => {},
        source_file: visitItems,
        declaration_list: visitItems,
        mod_item: readModule,
        function_item: defineFunction,
        macro_definition: defineMacro,
        impl_item: readImplementation,
        trait_item: readTrait,
        struct_item: readStruct,
        union_item: readStruct,
        enum_item: readStruct,
        type_item: readAlias,
      },
    };
  });
  visit(root);
  draft.types.push(...types);

  /** An attribute marks the next item, and no other. */
  function visitItems(node: SyntaxNode): void {
    for (const item of node.children) {
      visit(item);
      if (item.type !== "attribute_item") marks = [];
    }
  }

  function takeMarks(): readonly string[] {
    const taken = [...scope.marks, ...marks];
    marks = [];
    return taken;
  }

  function defineFunction(node: SyntaxNode): void {
    const nameNode = fieldOf(node, "name");
    const bare = nameNode === null ? "" : draft.textOf(nameNode);
    const outer = draft.current();
    const owner = outer.index === 0 ? scope.self : null;
    const path = outer.index === 0 ? (owner === null ? scope.modules : [owner]) : [outer.qualified];
    const returns = fieldOf(node, "return_type");
    draft.define(
      {
        name: bare,
        owner,
        qualified: [...path, bare].join("::"),
        params: readParams(fieldOf(node, "parameters")),
        returns: bareType(draft, returns, scope.self),
        isExported:
          outer.index === 0 &&
          (childOf(node, "visibility_modifier") !== null || (owner !== null && scope.isOpen)),
        marks: takeMarks(),
        at: nameNode?.start ?? node.start,
        end: node.end,
      },
      () => lowerBody(fieldOf(node, "body"), returns !== null),
    );
  }

  function closure(node: SyntaxNode, bound: string | null): Expression {
    const index = draft.define(
      {
        name: bound,
        owner: null,
        qualified: [draft.current().qualified, bound ?? "{closure}"].filter((part) => part !== "").join("::"),
        params: readParams(fieldOf(node, "parameters")),
        returns: bareType(draft, fieldOf(node, "return_type"), scope.self),
        isExported: false,
        marks: [],
        at: node.start,
        end: node.end,
      },
      () => lowerBody(fieldOf(node, "body"), true),
    );
    return { is: "function", index, at: node.start };
  }

  function lowerBody(body: SyntaxNode | null, isReturned: boolean): void {
    if (body === null) return;
    const value = lower(body);
    if (!isNothing(value)) draft.emit({ do: isReturned ? "return" : "run", value });
  }

  /** What a macro makes is not known, but what is written in it runs where it is used. */
  function defineMacro(node: SyntaxNode): void {
    const nameNode = fieldOf(node, "name");
    const bare = nameNode === null ? "" : draft.textOf(nameNode);
    draft.define(
      {
        name: bare,
        owner: null,
        qualified: `${bare}!`,
        params: [],
        returns: null,
        isExported: true,
        marks: takeMarks(),
        at: nameNode?.start ?? node.start,
        end: node.end,
      },
      () => {
        for (const rule of node.children) {
          const made = fieldOf(rule, "right");
          if (made !== null) tokens.runBlock(made);
        }
      },
    );
  }

  function readModule(node: SyntaxNode): void {
    const nameNode = fieldOf(node, "name");
    const body = fieldOf(node, "body");
    const own = takeMarks();
    const bare = nameNode === null ? "" : draft.textOf(nameNode);
    if (body === null) {
      draft.imports.push({ local: bare, module: `self::${bare}`, exported: "*" });
      return;
    }
    const outer = scope.marks;
    scope.marks = own.filter((mark) => mark === "cfg(test)");
    scope.modules.push(bare);
    visit(body);
    scope.modules.pop();
    scope.marks = outer;
  }

  /** Reads what stands inside of a type's braces. */
  function within(self: string | null, isOpen: boolean, body: SyntaxNode | null): void {
    const outer = { ...scope };
    scope.self = self;
    scope.isOpen = isOpen;
    visit(body);
    scope.self = outer.self;
    scope.isOpen = outer.isOpen;
  }

  function readImplementation(node: SyntaxNode): void {
    const type = fieldOf(node, "type");
    // Here it is the type itself that is meant, not what it holds.
    const self = bareType(draft, type?.type === "generic_type" ? fieldOf(type, "type") : type, null);
    const trait = bareType(draft, fieldOf(node, "trait"), self);
    if (self !== null && trait !== null) typeNamed(types, self, node.start).above.push(trait);
    within(self, trait !== null, fieldOf(node, "body"));
  }

  function readTrait(node: SyntaxNode): void {
    const nameNode = fieldOf(node, "name");
    if (nameNode === null) return;
    const type = typeNamed(types, draft.textOf(nameNode), nameNode.start);
    type.isInterface = true;
    readBounds(draft, fieldOf(node, "bounds"), type);
    const body = fieldOf(node, "body");
    for (const each of body?.children ?? []) {
      const method = /^function_(?:signature_)?item$/.test(each.type) ? fieldOf(each, "name") : null;
      if (method !== null) type.methods.push(draft.textOf(method));
    }
    within(type.name, childOf(node, "visibility_modifier") !== null, body);
  }

  function readStruct(node: SyntaxNode): void {
    const nameNode = fieldOf(node, "name");
    if (nameNode === null) return;
    const type = typeNamed(types, draft.textOf(nameNode), nameNode.start);
    type.at = nameNode.start;
    const body = fieldOf(node, "body");
    if (body?.type !== "enum_variant_list") return readFields(draft, body, type);
    for (const variant of body.children) visit(fieldOf(variant, "value"));
  }

  function readAlias(node: SyntaxNode): void {
    const nameNode = fieldOf(node, "name");
    const of = bareType(draft, fieldOf(node, "type"), scope.self);
    if (nameNode === null || of === null || scope.self !== null) return;
    typeNamed(types, draft.textOf(nameNode), nameNode.start).above.push(of);
  }

  function readParams(list: SyntaxNode | null): ParameterSyntax[] {
    return (list?.children ?? []).flatMap((each): ParameterSyntax[] => {
      if (each.type === "self_parameter" || each.type === "attribute_item") return [];
      const pattern = each.type === "parameter" ? fieldOf(each, "pattern") : each;
      const bare = pattern === null ? "_" : draft.textOf(pattern).replace(/^(?:ref\s+)?(?:mut\s+)?/, "");
      return [{ name: bare, type: bareType(draft, fieldOf(each, "type"), scope.self), default: null }];
    });
  }
}
