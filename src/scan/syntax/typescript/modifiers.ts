import type { ts } from "ts-morph";
import type { Compiler, Reading } from "./reading.ts";
import { run, startOf } from "./reading.ts";
import { expressionName } from "./bare-type.ts";

/** What stands before a declaration. */
export interface Modifiers {
  readonly isExported: boolean;
  readonly isDefault: boolean;
  readonly isStatic: boolean;
  readonly isReadonly: boolean;
  readonly isPrivate: boolean;
  readonly decorators: readonly ts.Decorator[];
}

const none: Modifiers = {
  isExported: false,
  isDefault: false,
  isStatic: false,
  isReadonly: false,
  isPrivate: false,
  decorators: [],
};

export function modifiersOf(
  { SyntaxKind: kind, isDecorator }: Compiler,
  modifiers: readonly ts.ModifierLike[] | undefined,
): Modifiers {
  if (modifiers === undefined || modifiers.length === 0) return none;
  const has = (wanted: ts.SyntaxKind): boolean => modifiers.some((modifier) => modifier.kind === wanted);
  return {
    isExported: has(kind.ExportKeyword),
    isDefault: has(kind.DefaultKeyword),
    isStatic: has(kind.StaticKeyword),
    isReadonly: has(kind.ReadonlyKeyword),
    isPrivate: has(kind.PrivateKeyword) || has(kind.ProtectedKeyword),
    decorators: modifiers.filter(isDecorator),
  };
}

/** Names of decorators, `Injectable`, `app.route`; what they are given is computed where they stand. */
export function marksOf(reading: Reading, decorators: readonly ts.Decorator[]): readonly string[] {
  if (decorators.length === 0) return [];
  const { compiler } = reading;
  return decorators.map(({ expression }) => {
    const named = compiler.isCallExpression(expression) ? expression.expression : expression;
    run(reading, reading.expression(expression));
    return expressionName(compiler, named) ?? reading.source.slice(startOf(reading, named), named.end);
  });
}

/** The name that a property, a method or a member is written with; null where it is computed. */
export function nameOf({ compiler }: Reading, name: ts.PropertyName): string | null {
  if (compiler.isIdentifier(name) || compiler.isPrivateIdentifier(name)) return name.text;
  if (compiler.isStringLiteralLike(name) || compiler.isNumericLiteral(name)) return name.text;
  if (compiler.isComputedPropertyName(name) && compiler.isStringLiteralLike(name.expression))
    return name.expression.text;
  return null;
}
