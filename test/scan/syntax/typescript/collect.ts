import { ts } from "ts-morph";
import type { FileSyntax } from "../../../../src/scan/syntax/syntax.ts";
import { expressionsOf } from "../../../support/expressions-of.ts";
import { readTypeScript } from "../../../../src/scan/syntax/typescript/read-typescript.ts";

export const read = (source: string, path = "shop/names.ts"): FileSyntax => readTypeScript(source, path, ts);

/**
 * What a tree holds that must be found in what was read of it: each string's text and each call's end. Names of
 * properties, modules that are imported by a declaration, and types are no values.
 */
export function expectedOf(
  source: string,
  path: string,
  kind: ts.ScriptKind,
): { texts: Set<string>; calls: Set<number> } {
  const file = ts.createSourceFile(
    path,
    source,
    { languageVersion: ts.ScriptTarget.ESNext, jsDocParsingMode: ts.JSDocParsingMode.ParseNone },
    false,
    kind,
  );
  const texts = new Set<string>();
  const calls = new Set<number>();
  const visit = (node: ts.Node, isRaw = false): void => {
    if (ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node)) return;
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isExternalModuleReference(node))
      return;
    if (ts.isInterfaceDeclaration(node) || ts.isModuleDeclaration(node)) {
      if (ts.isModuleDeclaration(node) && node.body !== undefined) visit(node.body);
      return;
    }
    if ((ts.isCallExpression(node) && !isFreezing(node)) || ts.isNewExpression(node)) calls.add(node.end);
    if (ts.isTaggedTemplateExpression(node)) {
      if (node.tag.getText(file) === "String.raw") {
        ts.forEachChild(node, (child) => visit(child, true));
        return;
      }
      calls.add(node.end);
    }
    if (
      (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node) || isPart(node)) &&
      node.text !== "" &&
      !isRaw
    )
      texts.add(node.text);
    if (ts.isJsxText(node) && node.text.trim() !== "") texts.add(node.text);
    if (isDeclaredOnly(node)) return;
    const name = "name" in node ? node.name : undefined;
    const property = "propertyName" in node ? node.propertyName : undefined;
    ts.forEachChild(node, (child) => {
      if ((child === name || child === property) && (ts.isStringLiteralLike(child) || isPlainKey(child)))
        return;
      visit(child, isRaw && !ts.isExpression(child) ? true : isRaw && ts.isTemplateExpression(child));
    });
  };
  visit(file);
  return { texts, calls };
}

/** `Object.freeze(x)` is `x`. */
function isFreezing({ expression, arguments: { length } }: ts.CallExpression): boolean {
  if (length !== 1 || !ts.isPropertyAccessExpression(expression)) return false;
  const { expression: of, name } = expression;
  return (
    ts.isIdentifier(of) && of.text === "Object" && ["freeze", "seal", "preventExtensions"].includes(name.text)
  );
}

function isPart(node: ts.Node): node is ts.TemplateHead | ts.TemplateMiddle | ts.TemplateTail {
  return ts.isTemplateHead(node) || ts.isTemplateMiddle(node) || ts.isTemplateTail(node);
}

/** `["drop"]: …`. */
function isPlainKey(node: ts.Node): boolean {
  return ts.isComputedPropertyName(node) && ts.isStringLiteralLike(node.expression);
}

/** An overload or an abstract method: its parameters are types. */
function isDeclaredOnly(node: ts.Node): boolean {
  return (
    (ts.isFunctionDeclaration(node) ||
      ts.isMethodDeclaration(node) ||
      ts.isConstructorDeclaration(node) ||
      ts.isAccessor(node)) &&
    node.body === undefined
  );
}

/** What of it is missing; empty when nothing was lost. */
export function lostIn(source: string, path: string, kind: ts.ScriptKind): readonly string[] {
  const expected = expectedOf(source, path, kind);
  const syntax = read(source, path);
  const texts = new Set<string>();
  const calls = new Set<number>();
  const keys = new Set<string>();
  for (const expression of expressionsOf(syntax)) {
    if (expression.is === "text") texts.add(expression.text);
    if (expression.is === "call") calls.add(expression.end);
    if (expression.is === "map") for (const { key } of expression.entries) if (key !== null) keys.add(key);
  }
  for (const { functions } of [syntax])
    for (const { body } of functions)
      for (const each of body)
        if (each.do === "set") for (const part of each.target?.split(".") ?? []) keys.add(part);
  return [
    ...[...expected.texts]
      .filter((text) => !texts.has(text) && !keys.has(text))
      .map((text) => `text ${text}`),
    ...[...expected.calls]
      .filter((end) => !calls.has(end))
      .map((end) => `call ending at ${end}: ${source.slice(Math.max(0, end - 60), end)}`),
  ];
}
