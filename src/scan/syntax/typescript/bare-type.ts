import type { ts } from "ts-morph";
import type { Compiler, Reading } from "./reading.ts";

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
  "Omit",
  "Pick",
  "Extract",
  "Exclude",
  "Mocked",
  "MockedObject",
  "DeepMocked",
]);
/** Types of which only the compiler could say what they are. */
const unknowable = new Set(["ReturnType", "Parameters", "ConstructorParameters"]);

/** What a type is read with. */
type TypeScope = Pick<Reading, "compiler"> & Readonly<Pick<Reading, "generics">>;

/**
 * A type annotation without its parameters: `Pool` of `Promise<Pool | null>` and of `Pool[]`, `pg.Pool` of
 * `Readonly<pg.Pool>`; of a union or an intersection its first that has a name. Null where no name says what it is.
 */
export function bareType(reading: TypeScope, type: ts.TypeNode | undefined): string | null {
  const { compiler, generics } = reading;
  if (type === undefined) return null;
  if (compiler.isTypeReferenceNode(type)) {
    const name = entityName(compiler, type.typeName);
    const inner = type.typeArguments?.[0];
    if (inner !== undefined && transparent.has(name.slice(name.indexOf(".") + 1)))
      return bareType(reading, inner);
    if (name === "InstanceType" && inner !== undefined && compiler.isTypeQueryNode(inner))
      return entityName(compiler, inner.exprName);
    if (unknowable.has(name)) return null;
    const extended = generics.get(name);
    return extended === undefined ? name : extended;
  }
  if (compiler.isUnionTypeNode(type) || compiler.isIntersectionTypeNode(type)) {
    for (const part of type.types) {
      const name = bareType(reading, part);
      if (name !== null) return name;
    }
    return null;
  }
  if (compiler.isArrayTypeNode(type)) return bareType(reading, type.elementType);
  if (compiler.isParenthesizedTypeNode(type) || compiler.isTypeOperatorNode(type))
    return bareType(reading, type.type);
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

/**
 * Puts type parameters in reach; what is given back takes them out again. `T extends Pool` stands for `Pool`, `T` alone for
 * nothing that is known.
 */
export function openGenerics(
  reading: Pick<Reading, "compiler" | "generics">,
  parameters: readonly ts.TypeParameterDeclaration[] | undefined,
): () => void {
  const { generics } = reading;
  for (const { name, constraint } of parameters ?? [])
    reading.generics = new Map([...reading.generics, [name.text, bareType(reading, constraint)]]);
  return () => {
    reading.generics = generics;
  };
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
