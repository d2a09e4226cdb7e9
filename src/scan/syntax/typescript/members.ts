import { isExports } from "./paths.ts";
import { printed } from "./literals.ts";
import { on, startOf } from "./reading.ts";
import type { Case, Compiler } from "./reading.ts";

/** `of.name` and `of[key]`; optional chaining makes no difference. What CommonJS exports is the file's own name. */
export function memberCases(compiler: Compiler): readonly Case[] {
  const { SyntaxKind: kind } = compiler;
  return [
    on(kind.PropertyAccessExpression, compiler.isPropertyAccessExpression, (node, reading) => {
      const at = startOf(reading, node.name);
      if (isExports(node, reading)) return { is: "name", name: "default", at };
      const name = node.name.text;
      if (isExports(node.expression, reading)) return { is: "name", name, at };
      return { is: "member", of: reading.expression(node.expression), name, at };
    }),
    on(kind.ElementAccessExpression, compiler.isElementAccessExpression, (node, reading) => ({
      is: "index",
      of: reading.expression(node.expression),
      key: printed(node.argumentExpression, reading),
      at: startOf(reading, node),
    })),
  ];
}
