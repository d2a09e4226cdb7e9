import type { ts } from "ts-morph";
import type { Binding, Reading } from "./reading.ts";

/**
 * The dotted path that an expression is, `this.names.drop` and `names["drop"]` alike; null where it is none. What
 * `exports` or `module.exports` hold is the file's own: `exports.drop` is `drop`, `module.exports` alone `default`.
 */
export function pathOf(node: ts.Node, reading: Reading): string | null {
  const { compiler } = reading;
  if (compiler.isIdentifier(node)) return node.text === "" ? null : node.text;
  if (node.kind === compiler.SyntaxKind.ThisKeyword) return reading.self;
  if (compiler.isPropertyAccessExpression(node)) {
    if (isExports(node, reading)) return "default";
    const name = node.name.text;
    if (isExports(node.expression, reading)) return name;
    const of = pathOf(node.expression, reading);
    return of === null || name === "" ? null : `${of}.${name}`;
  }
  if (compiler.isElementAccessExpression(node)) {
    const key = node.argumentExpression;
    // A path is read at its dots.
    if (!compiler.isStringLiteralLike(key) || /[.\s]/.test(key.text)) return null;
    if (isExports(node.expression, reading)) return key.text;
    const of = pathOf(node.expression, reading);
    return of === null ? null : `${of}.${key.text}`;
  }
  if (
    compiler.isParenthesizedExpression(node) ||
    compiler.isNonNullExpression(node) ||
    compiler.isAsExpression(node)
  )
    return pathOf(node.expression, reading);
  return null;
}

/** `exports` or `module.exports`: what CommonJS gives to other files. */
export function isExports(node: ts.Node, { compiler }: Reading): boolean {
  if (compiler.isIdentifier(node)) return node.text === "exports";
  return (
    compiler.isPropertyAccessExpression(node) &&
    node.name.text === "exports" &&
    compiler.isIdentifier(node.expression) &&
    node.expression.text === "module"
  );
}

/** The names that a function has which is set at a path: `Names.prototype.drop` is a method of `Names`. */
export function bindingAt(path: string, isExported: boolean, at: number, reading: Reading): Binding {
  if (path === "default") return { name: null, owner: null, qualified: "", isExported: true, at };
  const parts = path.split(".").filter((part) => part !== "prototype");
  const name = parts.at(-1) ?? path;
  const owners = parts.slice(0, -1);
  if (owners[0] === "this") owners.splice(0, 1, ...ownerOf(reading));
  const owner = owners.length === 0 ? null : owners.join(".");
  return { name, owner, qualified: owner === null ? name : `${owner}.${name}`, isExported, at };
}

/** What `this` is in the function that is read: its class, or itself where a function makes objects. */
function ownerOf({ functions, into }: Reading): readonly string[] {
  for (let at: typeof into | undefined = into; at !== undefined;) {
    if (at.owner !== null) return [at.owner];
    if (at.name !== null) return [at.name];
    at = at.parent === null ? undefined : functions[at.parent];
  }
  return [];
}
