import { expect, test } from "bun:test";
import { read } from "./collect.ts";
import { show } from "./show.ts";

const cases: readonly (readonly [source: string, ...lines: string[]])[] = [
  // Texts.
  ["f('a\\x41\\n')", 'run f("aA\\n")'],
  ["f(`drop\n  all`)", 'run f("drop\\n  all")'],
  ["f(`DROP ${a} IF ${1}`)", 'run f(join("DROP ", a, " IF ", "1"))'],
  ["f('a' + b + `c${d}`)", 'run f(join("a", b, join("c", d)))'],
  ["f('a' + (b + c))", 'run f(join("a", join(b, c)))'],
  ["f(String.raw`a\\n${b}\\t`)", 'run f(join("a\\\\n", b, "\\\\t"))'],
  ["f(String.raw`a\\n`)", 'run f("a\\\\n")'],
  ["s += 'a'; s += b", 's += "a"', "s += b"],
  ["f(['a', b].join(' '))", 'run f(["a", b].join(" "))'],
  ["f('a'.concat(b))", 'run f("a".concat(b))'],
  ["f(/dr[/]op/gi)", "run f(/dr[/]op/gi)"],
  // Calls.
  ["sql`DROP ${a}`", 'run tag sql(join("DROP ", a))'],
  ["sql.raw`DROP`", 'run tag sql.raw("DROP")'],
  ["Prisma.sql<Row>`DROP`", 'run tag Prisma.sql("DROP")'],
  ["db.$executeRaw`DROP ${Prisma.raw(a)}`", 'run tag db.$executeRaw(join("DROP ", Prisma.raw(a)))'],
  ["new Pool({ max: 1 }).query('a')", 'run new Pool({max: other()}).query("a")'],
  ["new pg.Pool", "run new pg.Pool()"],
  ["(0, pg_1.query)('a')", 'run pg_1.query("a")'],
  ["f(...args, 'a')", 'run f(other(args), "a")'],
  ["super.drop('a')", 'run super.drop("a")'],
  ["require('x')('y')", 'run require("x")("y")'],
  // What makes no difference.
  ["(await client?.query!(('a' as const)))", 'run client.query("a")'],
  ["void (async () => { await f() })()", "run function <anonymous>()", "function <anonymous>()", "  run f()"],
  ["x?.['drop']?.()", 'run x["drop"]()'],
  ["f(<any>a satisfies B)", "run f(a)"],
  // One of several.
  ["f(a ? 'b' : 'c')", 'run f(("b" | "c"))'],
  ["f(g(1) ? 'b' : c)", "run g(other())", 'run f(("b" | c))'],
  ["f(a || b || 'c', d ?? 'e', g && 'h')", 'run f((a | b | "c"), (d | "e"), (g | "h"))'],
  ["f(a === 'b', 'c' in d, e instanceof F)", 'run f(compare(a, "b"), compare("c", d), compare(e, F))'],
  ["f((a(), 'b'))", "run a()", 'run f("b")'],
  // Objects and lists.
  ["f({ a: 'b', 'c d': e, 1: g, h, ...i })", 'run f({a: "b", c d: e, 1: g, h: h, …: i})'],
  ["f({ ['a']: b, [c]: d })", "run f({a: b, …: other(c), …: d})"],
  ["f(['a', , ...b])", 'run f(["a", other(), other(b)])'],
  ["f(a[0], a[b], a['c'])", 'run f(a["0"], a[b], a["c"])'],
  ["f(!a, -b, typeof c(), delete d.e)", "run f(other(a), other(b), other(c()), other(d.e))"],
  ["f(import.meta.url, this.a)", "run f(import.meta.url, this.a)"],
  // Assignments.
  ["a.b = 'c'; a['d'] = e; a[f] = 'g'", 'a.b = "c"', "a.d = e", "run a[f]", '? = "g"'],
  ["a['.sql'] = 'b'", 'run a[".sql"]', '? = "b"'],
  ["a = b = 'c'", 'b = "c"', "a = b"],
  ["f(a = 'b')", 'a = "b"', "run f(a)"],
  ["a ??= 'b'; a -= 1", 'a = "b"', "a = other(other())"],
  ["({ a, b: c.d = 'e' } = f())", "const # = f()", "a = #.a", 'c.d = (#.b | "e")'],
  ["[a, b] = [c, d]", "const # = [c, d]", 'a = #["0"]', 'b = #["1"]'],
  // Lists that are gone through.
  [
    "['a', b].forEach((x) => f(x))",
    'run ["a", b].forEach(function <anonymous>)',
    "function <anonymous>(x)",
    '  x = ["a", b][other()]',
    "  return f(x)",
  ],
  [
    "a.b.filter(c).map(async function ({ d }) { f(d) })",
    "run a.b.filter(c).map(function <anonymous>)",
    "function <anonymous>(#)",
    "  # = a.b[other()]",
    "  d = #.d",
    "  run f(d)",
  ],
  [
    "Object.values(a)?.some((x) => x)",
    "run Object.values(a).some(function <anonymous>)",
    "function <anonymous>(x)",
    "  x = a[other()]",
    "  return x",
  ],
  ["a().map((x) => x)", "run a().map(function <anonymous>)", "function <anonymous>(x)", "  return x"],
  ["f({ a: true, b: false, c: null })", "run f({a: true, b: false, c: null})"],
  // Elements.
  [
    "f(<p title={'a'}>Drop {b('c')} <Name x='y' /> </p>)",
    'run f(jsx(other("Drop "), b("c"), jsx(Name; x: "y"); title: "a"))',
  ],
  ["f(<>{a}</>)", "run f(jsx(a))"],
];

test.each(cases)("%s", (source, ...lines) => {
  // An assertion in angle brackets would be an element.
  const path = source.includes("<any>") ? "a.ts" : "a.tsx";
  expect(show(read(source, path))).toEqual(lines);
});
