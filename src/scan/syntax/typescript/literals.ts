import type { ts } from "ts-morph";
import type { Expression } from "../syntax.ts";
import { on, other, startOf } from "./reading.ts";
import type { Case, Compiler, Reading } from "./reading.ts";

/** Strings, templates, names and what else is a token. The content of every text begins one after its `at`. */
export function literalCases(compiler: Compiler): readonly Case[] {
  const { SyntaxKind: kind } = compiler;
  return [
    on(kind.Identifier, compiler.isIdentifier, (node, reading) => {
      const at = startOf(reading, node);
      // The parser puts an empty one where it misses a name.
      return node.text === "" ? other(at) : { is: "name", name: node.text, at };
    }),
    on(kind.PrivateIdentifier, compiler.isPrivateIdentifier, (node, reading) => ({
      is: "name",
      name: node.text,
      at: startOf(reading, node),
    })),
    // Whether an option is on matters; they are names that nothing sets.
    ...(
      [
        [kind.TrueKeyword, "true"],
        [kind.FalseKeyword, "false"],
        [kind.NullKeyword, "null"],
      ] as const
    ).map(([of, name]): Case => ({
      kind: of,
      lower: (node, reading) => ({ is: "name", name, at: startOf(reading, node) }),
    })),
    {
      kind: kind.ThisKeyword,
      lower: (node, reading) => ({ is: "name", name: reading.self, at: startOf(reading, node) }),
    },
    {
      kind: kind.SuperKeyword,
      lower: (node, reading) => ({ is: "name", name: "super", at: startOf(reading, node) }),
    },
    {
      kind: kind.MetaProperty,
      lower: (node, reading) => ({ is: "name", name: "import.meta", at: startOf(reading, node) }),
    },
    on(kind.StringLiteral, compiler.isStringLiteral, textOf),
    on(kind.NoSubstitutionTemplateLiteral, compiler.isNoSubstitutionTemplateLiteral, textOf),
    on(kind.TemplateExpression, compiler.isTemplateExpression, (node, reading) =>
      joinTemplate(node, reading, false),
    ),
    on(kind.RegularExpressionLiteral, compiler.isRegularExpressionLiteral, (node, reading) => ({
      is: "pattern",
      text: node.text,
      at: startOf(reading, node),
    })),
  ];
}

function textOf(node: ts.LiteralLikeNode, reading: Reading): Expression {
  return { is: "text", text: node.text, at: startOf(reading, node) };
}

/** The parts of a template as they follow one another; `isRaw` as `String.raw` sees them. */
export function joinTemplate(
  { head, templateSpans }: ts.TemplateExpression,
  reading: Reading,
  isRaw: boolean,
): Expression {
  const at = startOf(reading, head);
  const parts: Expression[] = [];
  const push = (piece: ts.TemplateHead | ts.TemplateMiddle | ts.TemplateTail): void => {
    const text = isRaw ? rawText(piece, reading) : piece.text;
    if (text !== "") parts.push({ is: "text", text, at: startOf(reading, piece) });
  };
  push(head);
  for (const { expression, literal } of templateSpans) {
    parts.push(printed(expression, reading));
    push(literal);
  }
  return { is: "join", parts, at };
}

/** A part of a string: a number is what is printed of it. */
export function printed(node: ts.Expression, reading: Reading): Expression {
  return reading.compiler.isNumericLiteral(node) ? textOf(node, reading) : reading.expression(node);
}

/** What stands between the quotes, escapes left as they are. */
export function rawText(node: ts.Node, reading: Reading): string {
  const { source } = reading;
  let { end } = node;
  if (source.charAt(end - 1) === "`") end -= 1;
  else if (source.startsWith("${", end - 2)) end -= 2;
  return source.slice(startOf(reading, node) + 1, end);
}
