import type { ts } from "ts-morph";
import type { Entry, Expression } from "../syntax.ts";
import { readProperty } from "./objects.ts";
import { isExports } from "./paths.ts";
import { run, set, startOf } from "./reading.ts";
import type { Binding, Reading } from "./reading.ts";
import { frozenObject } from "./wrapped.ts";

/**
 * `module.exports = …`. What an object there holds is set name by name, as `exports.drop = …` would, so that other
 * files find it as they find `export const`; `default` is the whole. Gives false where the target is something else.
 */
export function declareExports(left: ts.Expression, right: ts.Expression, reading: Reading): boolean {
  if (!isExports(left, reading)) return false;
  const { compiler } = reading;
  const at = startOf(reading, left);
  if (compiler.isBinaryExpression(right) && isExports(right.left, reading)) {
    // `exports = module.exports = …`
    run(reading, reading.expression(right));
    return true;
  }
  const value = frozenObject(right, compiler) ?? right;
  const whole = compiler.isObjectLiteralExpression(value)
    ? exportProperties(reading, value)
    : reading.bound(value, { name: null, owner: null, qualified: "", isExported: true, at });
  if (whole.is === "name") reading.exported.add(whole.name);
  set(reading, "default", whole, at, { isConstant: true, isExported: true });
  return true;
}

/** Sets each property as an exported name; gives the object with those names for its values. */
function exportProperties(reading: Reading, node: ts.ObjectLiteralExpression): Expression {
  const at = startOf(reading, node);
  const entries: Entry[] = [];
  const top: Binding = { name: null, owner: null, qualified: "", isExported: true, at };
  for (const property of node.properties) {
    const read: Entry[] = [];
    readProperty(reading, property, top, read);
    for (const { key, value, at: where } of read) {
      if (key === null) {
        run(reading, value);
        entries.push({
          key,
          value: value.is === "name" ? value : { is: "other", inside: [], at: where },
          at: where,
        });
        continue;
      }
      reading.exported.add(key);
      entries.push({ key, value: { is: "name", name: key, at: where }, at: where });
      if (value.is === "name" && value.name === key) continue;
      set(reading, key, value, where, { isConstant: true, isExported: true });
    }
  }
  return { is: "map", entries, type: null, at };
}
