import type { ts } from "ts-morph";
import { on, set, startOf } from "./reading.ts";
import type { Case, Compiler, Reading } from "./reading.ts";

/**
 * ESM's imports and exports. What a file gives on, `export { drop as remove } from "./names"`, is an import under the
 * name that it gives; `export * from` one that names nothing.
 */
export function moduleCases(compiler: Compiler): readonly Case[] {
  const { SyntaxKind: kind } = compiler;
  return [
    on(kind.ImportDeclaration, compiler.isImportDeclaration, (node, reading) => {
      const module = moduleOf(reading, node.moduleSpecifier);
      if (module === null) return null;
      readImport(reading, node.importClause, module);
      return null;
    }),
    on(kind.ImportEqualsDeclaration, compiler.isImportEqualsDeclaration, (node, reading) => {
      const { moduleReference: from, name } = node;
      if (!compiler.isExternalModuleReference(from)) {
        const at = startOf(reading, name);
        set(reading, name.text, entity(reading, from), at, { isConstant: true });
        return null;
      }
      const module = moduleOf(reading, from.expression);
      if (module !== null) reading.imports.push({ local: name.text, module, exported: "*" });
      return null;
    }),
    on(kind.ExportDeclaration, compiler.isExportDeclaration, (node, reading) => {
      readExport(reading, node);
      return null;
    }),
    on(kind.ExportAssignment, compiler.isExportAssignment, (node, reading) => {
      const at = startOf(reading, node.expression);
      const value = reading.bound(node.expression, {
        name: null,
        owner: null,
        qualified: "",
        isExported: true,
        at,
      });
      if (value.is === "name") reading.exported.add(value.name);
      set(reading, "default", value, at, { isConstant: true, isExported: true });
      return null;
    }),
  ];
}

function readImport(
  { compiler, imports }: Reading,
  clause: ts.ImportClause | undefined,
  module: string,
): void {
  if (clause === undefined) {
    imports.push({ local: null, module, exported: "*" });
    return;
  }
  if (clause.name !== undefined) imports.push({ local: clause.name.text, module, exported: "default" });
  const { namedBindings } = clause;
  if (namedBindings === undefined) return;
  if (compiler.isNamespaceImport(namedBindings))
    imports.push({ local: namedBindings.name.text, module, exported: "*" });
  else
    for (const { name, propertyName } of namedBindings.elements)
      imports.push({ local: name.text, module, exported: (propertyName ?? name).text });
}

function readExport(reading: Reading, { exportClause, moduleSpecifier }: ts.ExportDeclaration): void {
  const { compiler, imports, exported } = reading;
  const module = moduleSpecifier === undefined ? null : moduleOf(reading, moduleSpecifier);
  if (exportClause === undefined) {
    if (module !== null) imports.push({ local: null, module, exported: "*" });
    return;
  }
  if (compiler.isNamespaceExport(exportClause)) {
    if (module !== null) imports.push({ local: exportClause.name.text, module, exported: "*" });
    return;
  }
  for (const { name, propertyName } of exportClause.elements) {
    const own = (propertyName ?? name).text;
    if (module !== null) {
      imports.push({ local: name.text, module, exported: own });
      continue;
    }
    exported.add(own);
    if (own === name.text) continue;
    const at = startOf(reading, name);
    set(reading, name.text, { is: "name", name: own, at }, at, { isConstant: true, isExported: true });
  }
}

function moduleOf({ compiler }: Reading, specifier: ts.Expression): string | null {
  return compiler.isStringLiteralLike(specifier) ? specifier.text : null;
}

function entity(reading: Reading, name: ts.EntityName): Parameters<typeof set>[2] {
  if (reading.compiler.isIdentifier(name)) return reading.expression(name);
  return {
    is: "member",
    of: entity(reading, name.left),
    name: name.right.text,
    at: startOf(reading, name.right),
  };
}
