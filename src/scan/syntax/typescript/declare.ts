import type { ts } from "ts-morph";
import type { Expression } from "../syntax.ts";
import { bareType } from "./bare-type.ts";
import { nameOf } from "./modifiers.ts";
import { isPath, other, run, set, startOf } from "./reading.ts";
import type { Reading, Setting } from "./reading.ts";

/**
 * Sets the names of a binding to a value: one `set` for a name, for a pattern one for each name in it. A value that
 * does something is computed once, under a name of its own that no source can have (`#` and where it stands).
 */
export function declare(
  reading: Reading,
  name: ts.BindingName,
  value: Expression,
  setting: Setting,
  annotation?: ts.TypeNode,
): void {
  const { compiler } = reading;
  const at = startOf(reading, name);
  if (compiler.isIdentifier(name)) {
    set(reading, name.text, value, at, setting);
    return;
  }
  const { elements } = name;
  const of = elements.length === 1 ? value : once(reading, value, at);
  if (elements.length === 0) run(reading, value);
  elements.forEach((element, index) => {
    if (!compiler.isBindingElement(element)) return;
    const isObject = compiler.isObjectBindingPattern(name);
    const part = partOf(reading, element, of, isObject ? null : index);
    const type = memberType(reading, annotation, element);
    const { initializer } = element;
    const whole: Expression =
      initializer === undefined
        ? part
        : { is: "choice", options: [part, reading.expression(initializer)], at: startOf(reading, element) };
    declare(reading, element.name, whole, { ...setting, type: bareType(reading, type) }, type);
  });
}

/** A value that may be used more than once: itself where it is a path, else the name that it is kept under. */
export function once(reading: Reading, value: Expression, at: number): Expression {
  if (isPath(value)) return value;
  const name = keptName(at);
  set(reading, name, value, at, { isConstant: true });
  return { is: "name", name, at };
}

/** A name for what has none, such as a parameter that is taken apart: no source can have it. */
export function keptName(at: number): string {
  return `#${at}`;
}

function partOf(
  reading: Reading,
  element: ts.BindingElement,
  of: Expression,
  index: number | null,
): Expression {
  const at = startOf(reading, element);
  if (element.dotDotDotToken !== undefined) return of;
  if (index !== null) return { is: "index", of, key: { is: "text", text: String(index), at }, at };
  const { compiler } = reading;
  const property = element.propertyName ?? (compiler.isIdentifier(element.name) ? element.name : undefined);
  if (property === undefined) return other(at, of);
  const name = nameOf(reading, property);
  if (name !== null) return { is: "member", of, name, at };
  return compiler.isComputedPropertyName(property)
    ? { is: "index", of, key: reading.expression(property.expression), at }
    : other(at, of);
}

/** The type that `{ pool }: { pool: Pool }` writes for one of its names. */
function memberType(
  { compiler }: Reading,
  annotation: ts.TypeNode | undefined,
  { propertyName, name }: ts.BindingElement,
): ts.TypeNode | undefined {
  if (annotation === undefined || !compiler.isTypeLiteralNode(annotation)) return undefined;
  const key = propertyName ?? name;
  if (!compiler.isIdentifier(key)) return undefined;
  for (const member of annotation.members)
    if (
      compiler.isPropertySignature(member) &&
      compiler.isIdentifier(member.name) &&
      member.name.text === key.text
    )
      return member.type;
  return undefined;
}
