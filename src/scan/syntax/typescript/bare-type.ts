import type { ts } from "ts-morph";
import type { Compiler } from "./reading.ts";

/** Types that stand for what they hold: what is called on the value is called on that. */
const transparent = new Set([
  "Promise",
  "PromiseLike",
  "Awaited",
  "Readonly",
  "Partial",
  "Required",
  "NonNullable",
  "Array",
  "ReadonlyArray",
  "Iterable",
  "AsyncIterable",
]);

/**
 * A type annotation without its parameters: `Pool` of `Promise<Pool | null>` and of `Pool[]`, `pg.Pool` of
 * `Readonly<pg.Pool>`; of a union or an intersection its first that has a name. Null where no name says what it is.
 */
export function bareType(compiler: Compiler, type: ts.TypeNode | undefined): string | null {
  if (type === undefined) return null;
  if (compiler.isTypeReferenceNode(type)) {
    const name = entityName(compiler, type.typeName);
    const inner = type.typeArguments?.[0];
    return inner !== undefined && transparent.has(name) ? bareType(compiler, inner) : name;
  }
  if (compiler.isUnionTypeNode(type) || compiler.isIntersectionTypeNode(type)) {
    for (const part of type.types) {
      const name = bareType(compiler, part);
      if (name !== null) return name;
    }
    return null;
  }
  if (compiler.isArrayTypeNode(type)) return bareType(compiler, type.elementType);
  if (compiler.isParenthesizedTypeNode(type) || compiler.isTypeOperatorNode(type))
    return bareType(compiler, type.type);
  if (compiler.isImportTypeNode(type))
    return type.qualifier === undefined ? null : entityName(compiler, type.qualifier);
  if (compiler.isExpressionWithTypeArguments(type)) return expressionName(compiler, type.expression);
  switch (type.kind) {
    case compiler.SyntaxKind.StringKeyword:
      return "string";
    case compiler.SyntaxKind.NumberKeyword:
      return "number";
    case compiler.SyntaxKind.BooleanKeyword:
      return "boolean";
    default:
      return null;
  }
}

/** `pg.Pool` of the expression that a class extends; of a mix-in's call, `Mixin(Base)`, what it is given. */
export function expressionName(compiler: Compiler, node: ts.Expression): string | null {
  if (compiler.isIdentifier(node)) return node.text;
  if (compiler.isPropertyAccessExpression(node)) {
    const of = expressionName(compiler, node.expression);
    return of === null ? null : `${of}.${node.name.text}`;
  }
  if (compiler.isCallExpression(node)) {
    for (const argument of node.arguments) {
      const name = expressionName(compiler, argument);
      if (name !== null) return name;
    }
  }
  return null;
}

function entityName(compiler: Compiler, name: ts.EntityName): string {
  return compiler.isIdentifier(name) ? name.text : `${entityName(compiler, name.left)}.${name.right.text}`;
}
