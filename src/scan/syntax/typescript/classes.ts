import type { ts } from "ts-morph";
import type { TypeSyntax } from "../syntax.ts";
import { bareType, expressionName, openGenerics } from "./bare-type.ts";
import { enter, hasModifier, openFunction, readMethod } from "./functions.ts";
import { isStill } from "./is-still.ts";
import { marksOf, modifiersOf, nameOf } from "./modifiers.ts";
import type { Modifiers } from "./modifiers.ts";
import { on, run, set, startOf } from "./reading.ts";
import type { Case, Compiler, Reading } from "./reading.ts";

export function classCases(compiler: Compiler): readonly Case[] {
  const { SyntaxKind: kind } = compiler;
  return [
    on(kind.ClassDeclaration, compiler.isClassDeclaration, (node, reading) => {
      const { isExported, isDefault } = modifiersOf(compiler, node.modifiers);
      const name = node.name?.text ?? "default";
      readClass(reading, node, name, isExported);
      const at = startOf(reading, node.name ?? node);
      if (isExported && isDefault && name !== "default")
        set(reading, "default", { is: "name", name, at }, at, { isConstant: true, isExported: true });
      return null;
    }),
    on(kind.ClassExpression, compiler.isClassExpression, (node, reading) => {
      const name = node.name?.text ?? "(class)";
      readClass(reading, node, name, false);
      return { is: "name", name, at: startOf(reading, node) };
    }),
  ];
}

/**
 * Adds a class to the types and its methods to the functions. Static fields, blocks and decorators run where the class
 * stands; what fields are set to belongs to the constructor: to one of its own where none is written.
 */
export function readClass(
  reading: Reading,
  node: ts.ClassLikeDeclaration,
  name: string,
  isExported: boolean,
): void {
  const close = openGenerics(reading, node.typeParameters);
  readMembers(reading, node, name, isExported);
  close();
}

function readMembers(
  reading: Reading,
  node: ts.ClassLikeDeclaration,
  name: string,
  isExported: boolean,
): void {
  const { compiler } = reading;
  const at = startOf(reading, node.name ?? node);
  const path = reading.space === null ? name : `${reading.space}.${name}`;
  const fields: { name: string; type: string | null }[] = [];
  const methods: string[] = [];
  const type: TypeSyntax = {
    name: name.slice(name.lastIndexOf(".") + 1),
    isInterface: false,
    above: readHeritage(reading, node),
    fields,
    methods,
    at,
  };
  reading.types.push(type);
  marksOf(reading, modifiersOf(compiler, node.modifiers).decorators);
  const owner = { qualified: path, isExported };
  const initialised: [ts.PropertyDeclaration, Modifiers][] = [];
  let constructor: number | null = null;
  for (const member of node.members) {
    if (compiler.isConstructorDeclaration(member)) {
      for (const parameter of member.parameters)
        if (hasModifier(parameter, compiler) && compiler.isIdentifier(parameter.name))
          fields.push({ name: parameter.name.text, type: bareType(reading, parameter.type) });
      constructor = readMethod(reading, member, owner) ?? constructor;
    } else if (compiler.isPropertyDeclaration(member)) {
      const modifiers = modifiersOf(compiler, member.modifiers);
      const field = nameOf(reading, member.name);
      if (field === null) reading.statement(member.name);
      else fields.push({ name: field, type: fieldType(reading, member) });
      marksOf(reading, modifiers.decorators);
      if (modifiers.isStatic) readField(reading, member, modifiers, owner);
      else if (member.initializer !== undefined) initialised.push([member, modifiers]);
    } else if (compiler.isMethodDeclaration(member) || compiler.isAccessor(member)) {
      const index = readMethod(reading, member, owner);
      const called = nameOf(reading, member.name);
      if (index !== null && called !== null && compiler.isGetAccessor(member))
        setGotten(reading, `${path}.${called}`, index, isExported);
      if (index === null) {
        if (called !== null) methods.push(called);
      } else if (
        modifiersOf(compiler, member.modifiers).isPrivate ||
        compiler.isPrivateIdentifier(member.name)
      )
        reading.hidden.add(index);
    } else if (compiler.isClassStaticBlockDeclaration(member)) {
      const { self } = reading;
      reading.self = path;
      reading.statement(member.body);
      reading.self = self;
    }
  }
  if (initialised.length === 0) return;
  constructor ??= openFunction(
    reading,
    { name: "constructor", owner: path, qualified: `${path}.constructor`, isExported, at },
    { at, end: node.end, marks: [], returns: null },
  );
  const leave = enter(reading, constructor);
  reading.self = "this";
  for (const [member, modifiers] of initialised) readField(reading, member, modifiers, owner);
  leave();
}

/** `get sql() { return "…"; }` is a field that holds what it returns, where that is the same each time. */
function setGotten(reading: Reading, target: string, index: number, isExported: boolean): void {
  const getter = reading.functions[index];
  const [only, ...more] = getter?.body ?? [];
  if (getter === undefined || only?.do !== "return" || more.length > 0 || !isStill(only.value)) return;
  set(reading, target, only.value, getter.at, { isConstant: true, isExported });
}

function readField(
  reading: Reading,
  { name: named, initializer, type }: ts.PropertyDeclaration,
  { isStatic, isReadonly, isPrivate }: Modifiers,
  { qualified, isExported }: { readonly qualified: string; readonly isExported: boolean },
): void {
  if (initializer === undefined) return;
  const { self } = reading;
  const at = startOf(reading, named);
  const name = nameOf(reading, named);
  if (isStatic) reading.self = qualified;
  const value =
    name === null
      ? reading.expression(initializer)
      : reading.bound(initializer, {
          name,
          owner: qualified,
          qualified: `${qualified}.${name}`,
          isExported: isExported && !isPrivate,
          at,
        });
  reading.self = self;
  const target = name === null ? null : `${isStatic ? qualified : "this"}.${name}`;
  set(reading, target, value, at, {
    isConstant: isReadonly,
    isExported: isStatic && isExported && !isPrivate,
    type: bareType(reading, type),
  });
}

/** The type that is written, or that of the object which the field is made with. */
function fieldType(reading: Reading, { type, initializer }: ts.PropertyDeclaration): string | null {
  const { compiler } = reading;
  if (type !== undefined) return bareType(reading, type);
  return initializer !== undefined && compiler.isNewExpression(initializer)
    ? expressionName(compiler, initializer.expression)
    : null;
}

/** What it extends and implements; a call there, `extends Mixin(Base)`, runs where the class stands. */
export function readHeritage(
  reading: Reading,
  { heritageClauses }: ts.ClassLikeDeclaration | ts.InterfaceDeclaration,
): readonly string[] {
  const above: string[] = [];
  for (const { types } of heritageClauses ?? [])
    for (const { expression } of types) {
      const name = expressionName(reading.compiler, expression);
      if (name !== null) above.push(name);
      run(reading, reading.expression(expression));
    }
  return above;
}
