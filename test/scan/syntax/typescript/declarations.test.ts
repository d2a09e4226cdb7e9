import { describe, expect, test } from "bun:test";
import { read } from "./collect.ts";
import { show } from "./show.ts";

const lines = (text: string): readonly string[] => text.split("\n").filter((line) => line.trim() !== "");

/** A source, what its functions hold, and its types where it has any. */
const functions: readonly (readonly [what: string, source: string, shown: string])[] = [
  [
    "functions and arrows that a name is bound to",
    `export async function drop(client: pg.Client, name = 'x', ...rest: string[]): Promise<Pool[]> { await client.query(name); }
     const remove = async (a?: Db | null) => run(a);
     export const make = function inner() { return () => remove(); };`,
    `
const remove = function remove
export const make = function make
export function drop(client: pg.Client, name = "x", rest: string): Pool
  run client.query(name)
function remove(a: Db)
  return run(a)
export function make()
  return function make.<anonymous>
function make.<anonymous>()
  return remove()`,
  ],
  [
    "functions in objects",
    `export const names = { sql: 'a', drop() {}, ops: { go: () => this.sql }, async *each() { yield 'b'; } } as const;
     app.use({ onDrop() {}, then: () => {} });
     export default { methods: { flush() {} } };`,
    `
export const names = {sql: "a", drop: function names.drop, ops: {go: function names.ops.go}, each: function names.each}
run app.use({onDrop: function onDrop, then: function then})
export const default = {methods: {flush: function methods.flush}}
export function names.drop() of names
export function names.ops.go() of names.ops
  return this.sql
export function names.each() of names
  return "b"
function onDrop()
function then()
export function methods.flush() of methods`,
  ],
  [
    "functions that are wrapped",
    `export const drop = guard(async (name) => query(name), 'x');
     const frozen = Object.freeze({ sql: 'a', run() {} });
     const rows = await load(() => f());
     const later = load().then(() => f());
     const both = pair(() => f(), () => g());
     export default memo(function Named() {});`,
    `
export const drop = guard(function drop, "x")
const frozen = {sql: "a", run: function frozen.run}
const rows = load(function <anonymous>)
const later = load().then(function <anonymous>)
const both = pair(function <anonymous>, function <anonymous>)
export const default = memo(function Named)
export function drop(name)
  return query(name)
function frozen.run() of frozen
function <anonymous>()
  return f()
function <anonymous>()
  return f()
function <anonymous>()
  return f()
function <anonymous>()
  return g()
export function Named()`,
  ],
  [
    "functions in what a function returns",
    `export function createBackend(pool: Pool): Backend { return { async drop() { await this.go(); }, go: () => 1 }; }
     const make = () => ({ run() {} });
     use(() => ({ run() {} }));`,
    `
const make = function make
run use(function <anonymous>)
export function createBackend(pool: Pool): Backend
  return {drop: function createBackend.drop, go: function createBackend.go}
export function createBackend.drop() of createBackend
  run this.go()
export function createBackend.go() of createBackend
  return other()
function make(): make
  return {run: function make.run}
function make.run() of make
function <anonymous>()
  return {run: function run}
function run()`,
  ],
  [
    "functions that are assigned",
    `function Names() { this.drop = function () { return this.sql; }; }
     Names.prototype.flush = async () => {};
     Names.make = () => new Names();`,
    `
Names.prototype.flush = function Names.flush
Names.make = function Names.make
function Names()
  this.drop = function Names.drop
function Names.drop() of Names
  return this.sql
function Names.flush() of Names
function Names.make() of Names
  return new Names()`,
  ],
  [
    "a class",
    `@Injectable() export class Names<T> extends pg.Base<T> implements Dropper, Other {
       static readonly DROP: string = 'a'; static made = this.DROP;
       private sql = 'b'; readonly pool = new Pool(); undone: Db;
       drop = async () => this.sql;
       constructor(private readonly client: Client, @Inject('x') name: string) { super(name); this.sql += 'c'; }
       static all() { return this.DROP; }
       get kept() { return 'k'; }
       @Get('y') get one() { return this.#two(); } #two() {} private three(): void {}
       abstract four(): void;
     }`,
    `
run Injectable()
export const Names.DROP: string = "a"
export Names.made = Names.DROP
export const Names.kept = "k"
run Get("y")
export function Names.constructor(client: Client, name: string) of Names
  this.client: Client = client
  run Inject("x")
  run super(name)
  this.sql += "c"
  this.sql = "b"
  const this.pool = new Pool()
  this.drop = function Names.drop
export function Names.all() of Names
  return Names.DROP
export function Names.kept() of Names
  return "k"
@Get export function Names.one() of Names
  return this.#two()
function Names.#two() of Names
function Names.three() of Names
export function Names.drop() of Names
  return this.sql`,
  ],
  [
    "a class without a constructor, and one that a name is bound to",
    `class Names { sql = 'a'; static { register(this); } }
     export const Other = class extends Mixin(Names) { go() {} };`,
    `
run register(Names)
run Mixin(Names)
export const Other = Other
function Names.constructor() of Names
  this.sql = "a"
export function Other.go() of Other`,
  ],
  [
    "what is taken apart",
    `const { query, end: stop = f('a') } = client;
     const { rows } = await query('b');
     const [first, { second }] = g();
     function drop({ pool, name: own = 'x' }: { pool: Pool; name?: string }, [one]: string[] = []) { pool.query(own); }
     for (const { sql } of list) run(sql);
     for (const key in load('k')) run(key);
     let later: Pool, text: string;`,
    `
const query = client.query
const stop = (client.end | f("a"))
const rows = query("b").rows
const # = g()
const first = #["0"]
const second = #["1"].second
const sql = list[other()].sql
run run(sql)
const key = other(load("k"))
run run(key)
later: Pool = other()
function drop(#: null, #: string = [])
  pool: Pool = #.pool
  own: string = (#.name | "x")
  one = #["0"]
  run pool.query(own)`.replace("#: null", "#"),
  ],
  [
    "enums and namespaces",
    `export enum Kind { Drop = 'a', Flush = \`b\`, Size = 1, Next }
     export namespace Names { export const DROP = 'c'; const own = 'd'; export function drop() { return DROP; } }`,
    `
export const Kind.Drop = "a"
export const Kind.Flush = "b"
export const Kind.Size = other()
export const DROP = "c"
const own = "d"
export const Names.DROP = DROP
export function Names.drop() of Names
  return DROP`,
  ],
  [
    "statements",
    `if (a === 'b') f(); else { g('c'); }
     switch (kind()) { case 'd': f('e'); break; case Kind.X: { h(); } }
     try { throw new Error('f'); } catch (error) { log(error); } finally { close(); }
     label: for (;;) { break label; }
     while (next()) do { again(); } while (more());
     function* each() { yield 'g'; const x = yield f(); return 'h'; }`,
    `
run compare(a, "b")
run f()
run g("c")
run compare(kind(), "d", Kind.X)
run f("e")
run h()
throw new Error("f")
run log(error)
run close()
run next()
run again()
run more()
function each()
  return "g"
  const x = f()
  return "h"`,
  ],
];

test.each(functions)("%s", (_, source, shown) => {
  expect(show(read(source))).toEqual(lines(shown));
});

describe("types", () => {
  test.each([
    [
      "interface A extends B<C>, D.E { pool: Pool; drop(): void; go: () => void; 'x-y'?: string[] }",
      true,
      ["B", "D.E"],
      ["pool: Pool", "x-y: string"],
      ["drop", "go"],
    ],
    ["type A = B & { x: Promise<C> } & import('d').E", true, ["B", "E"], ["x: C"], []],
    ["type A = typeof x", null, [], [], []],
    [
      "class A extends B implements C { a; b = new D.E(); static c: F | null; constructor(readonly d: G) {} abstract e(): void }",
      false,
      ["B", "C"],
      ["a", "b: D.E", "c: F", "d: G"],
      ["e"],
    ],
    ["const x = 1, A: B = { c() {} }", false, ["B"], [], []],
    ["function A(): B { return { c() {} } }", false, ["B"], [], []],
    ["const x = 1, A: B = { c: 1 }", null, [], [], []],
    ["namespace N { class A {} }", false, [], [], []],
    ["enum A { B = 1 }", false, [], ["B"], []],
  ] as const)("%s", (source, isInterface, above, fields, methods) => {
    const { types } = read(source);
    const shown = types
      .filter(({ name }) => name !== "N")
      .map((one) => ({
        ...one,
        fields: one.fields.map(({ name, type }) => (type === null ? name : `${name}: ${type}`)),
      }));
    const at = source.indexOf(" A") + 1;
    expect(shown).toEqual(
      isInterface === null
        ? []
        : [{ name: "A", isInterface, above: [...above], fields: [...fields], methods: [...methods], at }],
    );
  });
});
