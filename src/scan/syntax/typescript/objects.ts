import type { ts } from "ts-morph";
import type { Entry, Expression } from "../syntax.ts";
import { readCall } from "./calls.ts";
import { readClass } from "./classes.ts";
import { readFunction, readMethod } from "./functions.ts";
import { nameOf } from "./modifiers.ts";
import { on, other, startOf } from "./reading.ts";
import type { Binding, Case, Compiler, Reading } from "./reading.ts";

/** Array and object literals, and values that are bound to a name at once. */
export function objectCases(compiler: Compiler): readonly Case[] {
  const { SyntaxKind: kind } = compiler;
  return [
    on(kind.ArrayLiteralExpression, compiler.isArrayLiteralExpression, (node, reading) => ({
      is: "list",
      items: node.elements.map((item) => reading.expression(item)),
      at: startOf(reading, node),
    })),
    on(kind.ObjectLiteralExpression, compiler.isObjectLiteralExpression, (node, reading) =>
      readObject(reading, node, null),
    ),
  ];
}

/**
 * The value that a name is bound to: the name goes to a function or class, and through an object to the functions in
 * it: `names.ops.drop`.
 */
export function readBound(reading: Reading, node: ts.Node, binding: Binding): Expression {
  const { compiler } = reading;
  if (
    compiler.isParenthesizedExpression(node) ||
    compiler.isAsExpression(node) ||
    compiler.isSatisfiesExpression(node) ||
    compiler.isTypeAssertionExpression(node)
  )
    return readBound(reading, node.expression, binding);
  if (compiler.isArrowFunction(node) || compiler.isFunctionExpression(node)) {
    const at = startOf(reading, node);
    if (binding.name === null && compiler.isFunctionExpression(node) && node.name !== undefined) {
      const name = node.name.text;
      return {
        is: "function",
        index: readFunction(reading, node, { ...binding, name, qualified: name }),
        at,
      };
    }
    return { is: "function", index: readFunction(reading, node, binding), at };
  }
  if (compiler.isObjectLiteralExpression(node)) return readObject(reading, node, binding);
  if (compiler.isClassExpression(node)) {
    const name = binding.name ?? node.name?.text ?? "default";
    const path = binding.name === null ? name : binding.qualified;
    const { space } = reading;
    // The path is whole: it says already which namespace it stands in.
    reading.space = null;
    readClass(reading, node, path, binding.isExported);
    reading.space = space;
    return { is: "name", name: path, at: startOf(reading, node) };
  }
  if (compiler.isCallExpression(node)) return readCall(node, reading, binding);
  return reading.expression(node);
}

function readObject(reading: Reading, node: ts.ObjectLiteralExpression, binding: Binding | null): Expression {
  const entries: Entry[] = [];
  for (const property of node.properties) readProperty(reading, property, binding, entries);
  return { is: "map", entries, type: null, at: startOf(reading, node) };
}

/** Adds what a property of an object is; a key that is computed is kept as an entry of its own. */
export function readProperty(
  reading: Reading,
  property: ts.ObjectLiteralElementLike,
  binding: Binding | null,
  entries: Entry[],
): void {
  const { compiler } = reading;
  const at = startOf(reading, property);
  if (compiler.isSpreadAssignment(property)) {
    entries.push({ key: null, value: reading.expression(property.expression), at });
    return;
  }
  const { name } = property;
  const key = nameOf(reading, name);
  if (compiler.isComputedPropertyName(name) && key === null)
    entries.push({ key: null, value: other(at, reading.expression(name.expression)), at });
  const owner = binding ?? { qualified: "", isExported: false };
  if (compiler.isMethodDeclaration(property) || compiler.isAccessor(property)) {
    const index = readMethod(reading, property, owner);
    if (index !== null) entries.push({ key, value: { is: "function", index, at }, at });
  } else if (compiler.isShorthandPropertyAssignment(property)) {
    entries.push({ key, value: reading.expression(property.name), at });
    if (property.objectAssignmentInitializer !== undefined)
      entries.push({ key, value: reading.expression(property.objectAssignmentInitializer), at });
  } else {
    const value =
      key === null
        ? reading.expression(property.initializer)
        : reading.bound(property.initializer, within(owner, key, at));
    entries.push({ key, value, at });
  }
}

function within(
  { qualified, isExported }: Pick<Binding, "qualified" | "isExported">,
  name: string,
  at: number,
): Binding {
  const owner = qualified === "" ? null : qualified;
  return { name, owner, qualified: owner === null ? name : `${owner}.${name}`, isExported, at };
}
