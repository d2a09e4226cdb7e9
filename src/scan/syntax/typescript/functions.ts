import type { ts } from "ts-morph";
import type { Expression } from "../syntax.ts";
import { bareType, openGenerics } from "./bare-type.ts";
import { declare, keptName } from "./declare.ts";
import { marksOf, modifiersOf, nameOf } from "./modifiers.ts";
import { readReturned } from "./object-types.ts";
import { on, set, startOf } from "./reading.ts";
import type { Binding, Case, Compiler, OpenFunction, Reading } from "./reading.ts";

export function functionCases(compiler: Compiler): readonly Case[] {
  const { SyntaxKind: kind } = compiler;
  return [
    on(kind.ArrowFunction, compiler.isArrowFunction, (node, reading) => readLiteral(reading, node, null)),
    on(kind.FunctionExpression, compiler.isFunctionExpression, (node, reading) =>
      readLiteral(reading, node, null),
    ),
    on(kind.FunctionDeclaration, compiler.isFunctionDeclaration, (node, reading) => {
      // An overload, or what `declare` announces.
      if (node.body === undefined) return null;
      const { isExported, isDefault } = modifiersOf(compiler, node.modifiers);
      const at = startOf(reading, node);
      const name = node.name?.text ?? "default";
      const { space } = reading;
      const index = readFunction(reading, node, {
        name,
        owner: space,
        qualified: space === null ? name : `${space}.${name}`,
        isExported,
        at: startOf(reading, node.name ?? node),
      });
      if (isExported && isDefault)
        set(reading, "default", { is: "function", index, at }, at, { isConstant: true, isExported: true });
      return null;
    }),
  ];
}

/** A function literal that no name is bound to; `each` is what its first parameter is known to be. */
export function readLiteral(reading: Reading, node: ts.Expression, each: Expression | null): Expression {
  const { compiler } = reading;
  const isFunction = compiler.isFunctionExpression(node);
  if (!isFunction && !compiler.isArrowFunction(node)) return reading.expression(node);
  const named =
    isFunction && node.name !== undefined ? ownBinding(node.name.text, startOf(reading, node.name)) : null;
  const at = startOf(reading, node);
  return { is: "function", index: readFunction(reading, node, named, each), at };
}

/** Methods, getters, setters and constructors of a class or an object. Null where there is no body. */
export function readMethod(
  reading: Reading,
  node: ts.MethodDeclaration | ts.AccessorDeclaration | ts.ConstructorDeclaration,
  owner: Pick<Binding, "qualified" | "isExported">,
): number | null {
  if (node.body === undefined) return null;
  const { compiler } = reading;
  const name = compiler.isConstructorDeclaration(node) ? "constructor" : nameOf(reading, node.name);
  if (name === null && !compiler.isConstructorDeclaration(node)) reading.statement(node.name);
  const path = owner.qualified === "" ? null : owner.qualified;
  return readFunction(
    reading,
    node,
    name === null
      ? null
      : {
          name,
          owner: path,
          qualified: path === null ? name : `${path}.${name}`,
          isExported: owner.isExported,
          at: startOf(reading, node.name ?? node),
        },
  );
}

/** Reads a function with all that stands in it; gives its index. */
export function readFunction(
  reading: Reading,
  node: ts.FunctionLikeDeclaration,
  named: Binding | null,
  each: Expression | null = null,
): number {
  const { compiler } = reading;
  const { decorators, isStatic } = modifiersOf(
    compiler,
    compiler.canHaveModifiers(node) ? node.modifiers : undefined,
  );
  const marks = marksOf(reading, decorators);
  const close = openGenerics(reading, node.typeParameters);
  const index = openFunction(reading, named, {
    at: named?.at ?? startOf(reading, node),
    end: node.end,
    marks,
    returns: bareType(reading, node.type),
  });
  const leave = enter(reading, index);
  if (!compiler.isArrowFunction(node))
    reading.self = isStatic && named?.owner !== undefined && named.owner !== null ? named.owner : "this";
  const makes = compiler.isConstructorDeclaration(node);
  node.parameters.forEach((parameter, place) => {
    readParameter(reading, parameter, makes, place === 0 ? each : null);
  });
  const { body } = node;
  if (body !== undefined)
    if (compiler.isBlock(body)) for (const statement of body.statements) reading.statement(statement);
    else reading.into.body.push({ do: "return", value: readReturned(reading, body) });
  leave();
  close();
  return index;
}

/** Adds a function without a body yet. */
export function openFunction(
  reading: Reading,
  named: Binding | null,
  where: Pick<OpenFunction, "at" | "end" | "marks" | "returns">,
): number {
  const { functions, into } = reading;
  const inner = into.qualified === "" ? "<anonymous>" : `${into.qualified}.<anonymous>`;
  return (
    functions.push({
      ...where,
      name: named?.name ?? null,
      owner: named?.owner ?? null,
      qualified: named === null || named.name === null ? inner : named.qualified,
      parent: reading.index,
      params: [],
      isExported: named?.isExported ?? false,
      body: [],
    }) - 1
  );
}

/** Goes into a function; what is given back goes out of it. */
export function enter(reading: Reading, index: number): () => void {
  const { into, index: outer, self } = reading;
  const open = reading.functions[index];
  if (open !== undefined) reading.into = open;
  reading.index = index;
  return () => {
    reading.into = into;
    reading.index = outer;
    reading.self = self;
  };
}

/** `isOfConstructor`: with a modifier it is a field as well. `known`: what it is whenever it is called. */
function readParameter(
  reading: Reading,
  parameter: ts.ParameterDeclaration,
  isOfConstructor: boolean,
  known: Expression | null,
): void {
  const { compiler, into } = reading;
  const { name, type, initializer } = parameter;
  const at = startOf(reading, name);
  const isName = compiler.isIdentifier(name);
  // `this: Pool` says what `this` is: nobody passes it.
  if (isName && name.text === "this") return;
  const { decorators } = modifiersOf(compiler, parameter.modifiers);
  marksOf(reading, decorators);
  const own = isName ? name.text : keptName(at);
  const bare = bareType(reading, type);
  into.params.push({
    name: own,
    type: bare,
    default: initializer === undefined ? null : reading.bound(initializer, ownBinding(own, at)),
  });
  if (known !== null) set(reading, own, known, at, { type: bare });
  if (!isName) declare(reading, name, { is: "name", name: own, at }, {}, type);
  if (isOfConstructor && isName && hasModifier(parameter, compiler))
    set(reading, `this.${own}`, { is: "name", name: own, at }, at, { type: bare });
}

/** `private pool: Pool`, `readonly sql = "…"`: in a constructor a field. */
export function hasModifier({ modifiers }: ts.ParameterDeclaration, { isDecorator }: Compiler): boolean {
  return modifiers?.some((modifier) => !isDecorator(modifier)) ?? false;
}

/** The binding of a name in the function that is read. */
function ownBinding(name: string, at: number): Binding {
  return { name, owner: null, qualified: name, isExported: false, at };
}
