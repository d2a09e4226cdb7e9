import { expect, test } from "bun:test";
import { read } from "./collect.ts";
import { show } from "./show.ts";

const imports: readonly (readonly [source: string, ...shown: string[]])[] = [
  ["import './a'", "a: *"],
  ["import x from './a'", "x = a: default"],
  [
    "import x, { type b, c as d, default as e } from './a'",
    "x = a: default",
    "b = a: b",
    "d = a: c",
    "e = a: default",
  ],
  ["import * as x from './a'", "x = a: *"],
  ["import type X from './a'; import y = require('./b')", "X = a: default", "y = b: *"],
  ["export { b, c as d } from './a'", "b = a: b", "d = a: c"],
  ["export * from './a'; export * as x from './b'", "a: *", "x = b: *"],
  ["const { b, c: d } = require('./a')", "b = a: b", "d = a: c"],
  ["const x = require('./a'), y = require('./b').z", "x = a: *", "y = b: z"],
  ["const x = __importStar(require('./a'))", "x = a: *"],
  ["const x = await import('./a')", "x = a: *"],
  ["const { b } = await import('./a')", "b = a: b"],
  ["import('./a').then(({ b }) => b())", "b = a: b"],
  ["import('./a').then((m) => m.b())", "m = a: *"],
  ["require('./a').b()", "a: *"],
  ["const { b: { c } } = require('./a')", "a: *"],
  ["require(name)"],
];

test.each(imports)("%s", (source, ...shown) => {
  const found = read(source).imports.map(
    ({ local, module, exported }) =>
      `${local === null ? "" : `${local} = `}${module.replace("./", "")}: ${exported}`,
  );
  expect(found).toEqual(shown);
});

const exports: readonly (readonly [source: string, ...shown: string[]])[] = [
  ["const a = 'b'; export { a }", 'export const a = "b"'],
  ["const a = 'b'; export { a as c }", 'export const a = "b"', "export const c = a"],
  ["function a() {} export default a", "export const default = a", "export function a()"],
  ["export default function a() {}", "export const default = function a", "export function a()"],
  ["export default () => {}", "export const default = function <anonymous>", "export function <anonymous>()"],
  ["export default class A { go() {} }", "export const default = A", "export function A.go() of A"],
  ["class A { go() {} private no() {} } export { A }", "export function A.go() of A", "function A.no() of A"],
  ["export default 'a'", 'export const default = "a"'],
  ["export = a", "export const default = a"],
  ["exports.a = 'b'; f(exports.a)", 'export a = "b"', "run f(a)"],
  ["module.exports.a = function () {}", "export a = function a", "export function a()"],
  ["exports.a = a; function a() {}", "export function a()"],
  ["module.exports = a; function a() {}", "export const default = a", "export function a()"],
  ["const a = 'x'; module.exports = { a }", 'export const a = "x"', "export const default = {a: a}"],
  ["module.exports = Object.freeze({ A: 'b' })", 'export const A = "b"', "export const default = {A: A}"],
  [
    "module.exports = { a, B: 'c', d() {}, e: e, ...require('./f') }; const e = 'g'",
    'export const B = "c"',
    "export const d = function d",
    'run require("./f")',
    "export const default = {a: a, B: B, d: d, e: e, …: other()}",
    'export const e = "g"',
    "export function d()",
  ],
  [
    "exports = module.exports = class A { go() {} }",
    "export const default = A",
    "export function A.go() of A",
  ],
  [
    "module.exports = () => {}",
    "export const default = function <anonymous>",
    "export function <anonymous>()",
  ],
];

test.each(exports)("%s", (source, ...shown) => {
  expect(show(read(source))).toEqual(shown);
});
