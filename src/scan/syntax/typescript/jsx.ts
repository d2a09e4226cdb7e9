import type { ts } from "ts-morph";
import type { Entry, Expression } from "../syntax.ts";
import { on, other, startOf } from "./reading.ts";
import type { Case, Compiler, Reading } from "./reading.ts";

/**
 * An element is a call of `jsx`: its component (a name, where it is not a tag of HTML), then its children; its
 * attributes are named. Text between tags is what people read: it stands inside `other`.
 */
export function jsxCases(compiler: Compiler): readonly Case[] {
  const { SyntaxKind: kind } = compiler;
  return [
    on(kind.JsxElement, compiler.isJsxElement, (node, reading) =>
      element(node, reading, node.openingElement, node.children),
    ),
    on(kind.JsxSelfClosingElement, compiler.isJsxSelfClosingElement, (node, reading) =>
      element(node, reading, node, []),
    ),
    on(kind.JsxFragment, compiler.isJsxFragment, (node, reading) =>
      element(node, reading, null, node.children),
    ),
    on(kind.JsxText, compiler.isJsxText, (node) => {
      const text = node.text.trim();
      const { pos: at } = node;
      return text === "" ? null : other(at, { is: "text", text: node.text, at });
    }),
    on(kind.JsxExpression, compiler.isJsxExpression, ({ expression }, reading) =>
      expression === undefined ? null : reading.expression(expression),
    ),
  ];
}

function element(
  node: ts.Node,
  reading: Reading,
  opening: ts.JsxOpeningLikeElement | null,
  children: readonly ts.JsxChild[],
): Expression {
  const { compiler } = reading;
  const at = startOf(reading, node);
  const args: Expression[] = [];
  const named: Entry[] = [];
  if (opening !== null) {
    const { tagName, attributes } = opening;
    const isComponent = !compiler.isIdentifier(tagName) || /^[A-Z]/.test(tagName.text);
    if (isComponent && !compiler.isJsxNamespacedName(tagName)) args.push(reading.expression(tagName));
    for (const property of attributes.properties) {
      const where = startOf(reading, property);
      if (compiler.isJsxSpreadAttribute(property))
        named.push({ key: null, value: reading.expression(property.expression), at: where });
      else if (property.initializer !== undefined) {
        const key = compiler.isIdentifier(property.name) ? property.name.text : property.name.name.text;
        named.push({ key, value: reading.expression(property.initializer), at: where });
      }
    }
  }
  for (const child of children) {
    const value = reading.expression(child);
    if (value.is !== "other" || value.inside.length > 0) args.push(value);
  }
  return { is: "call", how: "call", callee: { is: "name", name: "jsx", at }, args, named, at, end: node.end };
}
