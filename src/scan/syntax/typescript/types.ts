import type { ts } from "ts-morph";
import { bareType, openGenerics } from "./bare-type.ts";
import { readHeritage } from "./classes.ts";
import { modifiersOf, nameOf } from "./modifiers.ts";
import { on, run, set, startOf } from "./reading.ts";
import type { Case, Compiler, Reading } from "./reading.ts";

/** Interfaces, aliases, enums and namespaces. */
export function typeCases(compiler: Compiler): readonly Case[] {
  const { SyntaxKind: kind } = compiler;
  return [
    on(kind.InterfaceDeclaration, compiler.isInterfaceDeclaration, (node, reading) => {
      const close = openGenerics(reading, node.typeParameters);
      addInterface(reading, node.name, readHeritage(reading, node), node.members);
      close();
      return null;
    }),
    on(
      kind.TypeAliasDeclaration,
      compiler.isTypeAliasDeclaration,
      ({ name, type, typeParameters }, reading) => {
        const close = openGenerics(reading, typeParameters);
        const parts =
          compiler.isIntersectionTypeNode(type) || compiler.isUnionTypeNode(type) ? type.types : [type];
        const above = parts.map((part) => bareType(reading, part)).filter((part) => part !== null);
        const members = parts.flatMap((part) => (compiler.isTypeLiteralNode(part) ? part.members : []));
        if (above.length > 0 || members.length > 0) addInterface(reading, name, above, members);
        close();
        return null;
      },
    ),
    on(kind.EnumDeclaration, compiler.isEnumDeclaration, (node, reading) => {
      readEnum(reading, node);
      return null;
    }),
    on(kind.ModuleDeclaration, compiler.isModuleDeclaration, (node, reading) => {
      readNamespace(reading, node);
      return null;
    }),
  ];
}

function addInterface(
  reading: Reading,
  name: ts.Identifier,
  above: readonly string[],
  members: readonly ts.TypeElement[],
): void {
  const { compiler } = reading;
  const fields: { name: string; type: string | null }[] = [];
  const methods: string[] = [];
  for (const member of members) {
    if (member.name === undefined) continue;
    const own = nameOf(reading, member.name);
    if (own === null) continue;
    if (
      compiler.isPropertySignature(member) &&
      !(member.type !== undefined && compiler.isFunctionTypeNode(member.type))
    )
      fields.push({ name: own, type: bareType(reading, member.type) });
    else methods.push(own);
  }
  reading.types.push({
    name: name.text,
    isInterface: true,
    above,
    fields,
    methods,
    at: startOf(reading, name),
  });
}

/** A member without a value of its own has a number: nothing that is text. */
function readEnum(reading: Reading, { name, members, modifiers }: ts.EnumDeclaration): void {
  const { compiler, space } = reading;
  const { isExported } = modifiersOf(compiler, modifiers);
  const type = space === null ? name.text : `${space}.${name.text}`;
  const fields: { name: string; type: null }[] = [];
  reading.types.push({
    name: name.text,
    isInterface: false,
    above: [],
    fields,
    methods: [],
    at: startOf(reading, name),
  });
  for (const member of members) {
    const own = nameOf(reading, member.name);
    if (own !== null) fields.push({ name: own, type: null });
    if (member.initializer === undefined) continue;
    set(
      reading,
      own === null ? null : `${type}.${own}`,
      reading.expression(member.initializer),
      startOf(reading, member),
      {
        isConstant: true,
        isExported,
      },
    );
  }
}

/**
 * A namespace's variables are set twice: bare, as the code inside names them, and under the namespace, as all other
 * code does. A module that is only declared (`declare module "x"`) has types alone.
 */
function readNamespace(reading: Reading, { name, body, modifiers }: ts.ModuleDeclaration): void {
  const { compiler, into, space } = reading;
  if (body === undefined) return;
  if (!compiler.isIdentifier(name) || name.text === "global") {
    reading.statement(body);
    return;
  }
  const { isExported } = modifiersOf(compiler, modifiers);
  const full = space === null ? name.text : `${space}.${name.text}`;
  reading.types.push({
    name: name.text,
    isInterface: false,
    above: [],
    fields: [],
    methods: [],
    at: startOf(reading, name),
  });
  reading.space = full;
  const from = into.body.length;
  if (compiler.isModuleDeclaration(body)) readNamespace(reading, body);
  else run(reading, reading.expression(body));
  reading.space = space;
  for (const statement of into.body.slice(from)) {
    if (statement.do !== "set" || !statement.isExported || statement.target === null) continue;
    if (statement.target.includes(".")) continue;
    const { target, at } = statement;
    set(reading, `${full}.${target}`, { is: "name", name: target, at }, at, {
      isConstant: statement.isConstant,
      isExported: isExported || space !== null,
    });
  }
}
