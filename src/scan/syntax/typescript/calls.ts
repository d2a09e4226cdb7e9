import type { ts } from "ts-morph";
import type { Expression } from "../syntax.ts";
import { eachElement } from "./each-element.ts";
import { readLiteral } from "./functions.ts";
import { joinTemplate, rawText } from "./literals.ts";
import { on, other, startOf } from "./reading.ts";
import type { Binding, Case, Compiler, Reading } from "./reading.ts";
import { importThen, requiredModule } from "./requires.ts";
import { frozenObject, wrappedFunction } from "./wrapped.ts";

export function callCases(compiler: Compiler): readonly Case[] {
  const { SyntaxKind: kind } = compiler;
  return [
    on(kind.CallExpression, compiler.isCallExpression, (node, reading) => readCall(node, reading, null)),
    on(kind.NewExpression, compiler.isNewExpression, (node, reading) =>
      call("new", node, node.expression, node.arguments ?? [], reading, null),
    ),
    on(
      kind.TaggedTemplateExpression,
      compiler.isTaggedTemplateExpression,
      ({ tag, template, end }, reading) => {
        const isRaw =
          compiler.isPropertyAccessExpression(tag) &&
          compiler.isIdentifier(tag.expression) &&
          tag.expression.text === "String" &&
          tag.name.text === "raw";
        const text = templateText(template, reading, isRaw);
        if (isRaw) return text;
        const callee = reading.expression(tag);
        return { is: "call", how: "tag", callee, args: [text], named: [], at: callee.at, end };
      },
    ),
    {
      kind: kind.ImportKeyword,
      lower: (node, reading) => ({ is: "name", name: "import", at: startOf(reading, node) }),
    },
    on(kind.SpreadElement, compiler.isSpreadElement, (node, reading) =>
      other(startOf(reading, node), reading.expression(node.expression)),
    ),
  ];
}

/** A call; `binding` is what its value is bound to at once, if that names a function which it wraps. */
export function readCall(node: ts.CallExpression, reading: Reading, binding: Binding | null): Expression {
  const frozen = frozenObject(node, reading.compiler);
  if (frozen !== null) return binding === null ? reading.expression(frozen) : reading.bound(frozen, binding);
  // No name is bound to it, but the file still needs the module.
  if (requiredModule(node, reading) !== null) noteModule(reading, node);
  else importThen(reading, node);
  return call("call", node, node.expression, node.arguments, reading, binding);
}

function call(
  how: "call" | "new",
  node: ts.Node,
  called: ts.Expression,
  args: readonly ts.Expression[],
  reading: Reading,
  binding: Binding | null,
): Expression {
  const { compiler } = reading;
  const wrapped =
    binding === null || !compiler.isCallExpression(node) ? null : wrappedFunction(node, compiler);
  const callee = reading.expression(calledOf(called, reading));
  const each = eachElement(compiler, callee, args);
  return {
    is: "call",
    how,
    callee,
    args: args.map((argument, index) => {
      if (index === 0 && each !== null) return readLiteral(reading, argument, each);
      return argument === wrapped && binding !== null
        ? reading.bound(argument, binding)
        : reading.expression(argument);
    }),
    named: [],
    at: callee.at,
    end: node.end,
  };
}

/** `(0, pg.query)(…)`, as compilers write a call without `this`, is `pg.query(…)`. */
function calledOf(called: ts.Expression, { compiler }: Reading): ts.Expression {
  if (!compiler.isParenthesizedExpression(called)) return called;
  const { expression } = called;
  return compiler.isBinaryExpression(expression) &&
    expression.operatorToken.kind === compiler.SyntaxKind.CommaToken &&
    compiler.isNumericLiteral(expression.left)
    ? expression.right
    : expression;
}

function templateText(template: ts.TemplateLiteral, reading: Reading, isRaw: boolean): Expression {
  if (reading.compiler.isTemplateExpression(template)) return joinTemplate(template, reading, isRaw);
  const text = isRaw ? rawText(template, reading) : template.text;
  return { is: "text", text, at: startOf(reading, template) };
}

function noteModule(reading: Reading, node: ts.CallExpression): void {
  const module = requiredModule(node, reading);
  const { imports } = reading;
  const last = imports.at(-1);
  // A declaration around it has named what it takes from there.
  if (module === null || (last !== undefined && last.module === module)) return;
  imports.push({ local: null, module, exported: "*" });
}
