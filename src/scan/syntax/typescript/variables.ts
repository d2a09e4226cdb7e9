import type { ts } from "ts-morph";
import { bareType } from "./bare-type.ts";
import { declare } from "./declare.ts";
import { modifiersOf } from "./modifiers.ts";
import { addObjectType, holdsFunctions } from "./object-types.ts";
import { on, other, set, startOf } from "./reading.ts";
import type { Case, Compiler, Reading } from "./reading.ts";
import { importRequired } from "./requires.ts";

export function variableCases(compiler: Compiler): readonly Case[] {
  const { SyntaxKind: kind } = compiler;
  return [
    on(kind.VariableStatement, compiler.isVariableStatement, ({ declarationList, modifiers }, reading) => {
      readDeclarations(reading, declarationList, modifiersOf(compiler, modifiers).isExported);
      return null;
    }),
    on(kind.VariableDeclarationList, compiler.isVariableDeclarationList, (list, reading) => {
      readDeclarations(reading, list, false);
      return null;
    }),
  ];
}

/** Types of which a variable that has no value yet cannot be followed. */
const plain: ReadonlySet<string | null> = new Set([
  null,
  "string",
  "number",
  "boolean",
  "unknown",
  "any",
  "Record",
]);

function readDeclarations(reading: Reading, list: ts.VariableDeclarationList, isExported: boolean): void {
  const { compiler } = reading;
  // `const`, `using` and `await using`.
  const isConstant = (list.flags & compiler.NodeFlags.Constant) !== 0;
  for (const { name, initializer, type } of list.declarations) {
    const bare = bareType(reading, type);
    const setting = { isConstant, isExported, type: bare };
    const at = startOf(reading, name);
    if (initializer === undefined) {
      // `let pool: Pool`: what is called on it can be known, whoever sets it.
      if (compiler.isIdentifier(name) && !plain.has(bare))
        set(reading, name.text, other(at), at, { isExported, type: bare });
      continue;
    }
    if (importRequired(reading, name, initializer)) continue;
    const own = compiler.isIdentifier(name) ? name.text : null;
    if (own !== null && !plain.has(bare) && holdsFunctions(initializer, compiler))
      addObjectType(reading, own, bare, at);
    const value =
      own === null
        ? reading.expression(initializer)
        : reading.bound(initializer, {
            name: own,
            owner: reading.space,
            qualified: within(reading, own),
            isExported,
            at,
          });
    declare(reading, name, value, setting, type);
  }
}

function within({ space }: Reading, name: string): string {
  return space === null ? name : `${space}.${name}`;
}

/** The names that a loop or a `catch` declares, set to a value that is not theirs alone. */
export function declareEach(
  reading: Reading,
  { declarations, flags }: ts.VariableDeclarationList,
  value: Parameters<typeof declare>[2],
): void {
  const isConstant = (flags & reading.compiler.NodeFlags.Constant) !== 0;
  for (const { name, type } of declarations)
    declare(reading, name, value, { isConstant, type: bareType(reading, type) }, type);
}
