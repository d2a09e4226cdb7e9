import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { readCsharp } from "../../../../src/scan/syntax/csharp/read-csharp.ts";
import { mutated, readerOf } from "../read-source.ts";
import { showFile } from "../show-syntax.ts";

const reader = await readerOf("csharp", readCsharp);
const kept = {
  texts: new Set([
    "string_literal",
    "verbatim_string_literal",
    "raw_string_literal",
    "interpolated_string_expression",
    "character_literal",
  ]),
  calls: new Set([
    "invocation_expression",
    "object_creation_expression",
    "implicit_object_creation_expression",
  ]),
  transparent: /^nameof|^new string\[/,
};

const show = (source: string) => showFile(reader.read(source)).split("\n");

describe("what a line does", () => {
  test.each<[string, string[]]>([
    [
      'cmd.CommandText = $"DROP DATABASE {name,10:X} {{a}}\\n";',
      ['cmd.CommandText = join("DROP DATABASE ", name, " {a}\\n")'],
    ],
    [
      'var a = @"x""y\\n" + $@"p{q}""r\\s" + @$"{t}u";',
      ['a = join("x\\"y\\\\n", "p", q, "\\"r\\\\s", t, "u")'],
    ],
    ['var a = "\\u0041\\x42\\U00000043\\0\\"";', ['a = "ABC\\u0000\\""']],
    ['var a = """x "y" z""";', ['a = "x \\"y\\" z"']],
    ['var a = """\n  DROP\n    x\n  """;', ['a = "DROP\\n  x"']],
    ['var a = $$"""\n  {p} {{q}}\n  """; var b = $"""r{s}""";', ['a = join("{p} ", q)', 'b = join("r", s)']],
    ['var a = "x"u8; var b = \'y\'; var c = "";', ['a = "x"', 'b = "y"', 'c = ""']],
    [
      'using var c = new SqlCommand("DROP", conn) { CommandText = "x", P = { "a" }, ["k"] = "v" };',
      ['c = new SqlCommand("DROP", conn, CommandText: "x", P: ["a"], k: "v")'],
    ],
    ['SqlCommand c = new("q"); F(new("r"));', ['c: SqlCommand = new SqlCommand("q")', 'F(new new("r"))']],
    [
      "await cmd.ExecuteNonQueryAsync().ConfigureAwait(false);",
      ["cmd.ExecuteNonQueryAsync().ConfigureAwait(_)"],
    ],
    ['a?.B?.C("x")?[0].D("y"); e!.F();', ['a.B.C("x")[_].D("y")', "e.F()"]],
    [
      'db.Execute(string.Format("DROP {0}", n), timeout: 5);',
      ['db.Execute(string.Format("DROP {0}", n), timeout: _)'],
    ],
    ["F(nameof(X.Y), typeof(T), default(U));", ['F("Y", _, _)']],
    ["F(out var x, ref y); G<string>(z); H.I<J>();", ["F(_, y)", "G(z)", "H.I()"]],
    [
      'var d = new Dictionary<string, string> { ["k"] = "v", { "a", "b" } };',
      ['d = new Dictionary(k: "v", a: "b")'],
    ],
    [
      'var l = new List<string> { "a" }; string[] s = { "b" }; var t = new[] { "c" }; string[] u = ["d", .. l];',
      ['l = new List(["a"])', 's: string = ["b"]', 't = ["c"]', 'u: string = ["d", other(l)]'],
    ],
    [
      'var o = new { A = "x", b.C, d }; var r = q with { E = "y" };',
      ['o = {A: "x", C: b.C, d: d}', 'r = other(q, {E: "y"})'],
    ],
    [
      's += "a"; s ??= "b"; (p, var q) = ("c", "d"); arr[0] = "e";',
      ['s += "a"', 's = "b"', 'p = "c"', 'q = "d"', "arr[_]", 'null = "e"'],
    ],
    [
      'var a = b ? "x" : "y"; var c = d ?? "z"; var e = (string)f; var g = h as I;',
      ['a = choice("x", "y")', 'c = choice(d, "z")', "e = f", "g = h"],
    ],
    [
      'if (s == "DROP" && t is "a" or not null or > 3) F();',
      ['other(compare(s, "DROP"), compare(t, "a"))', "F()"],
    ],
    [
      'if (o is SqlCommand c && o is { P: "x" }) c.F();',
      ["c: SqlCommand = o", 'other(compare(o), compare(o, "x"))', "c.F()"],
    ],
    [
      'switch (s) { case "A": case "B" when g("h"): F(); break; case Foo { P: "c" }: G(); break; default: H(); break; }',
      ['compare(s, "A", "B", g("h"), "c")', "F()", "G()", "H()"],
    ],
    [
      'var v = s switch { "a" or "b" => 1, Foo f when f.X("y") => F(), _ => throw new E("m") };',
      ['compare(s, "a", "b", f.X("y"))', 'throw new E("m")', "v = choice(_, F(), _)"],
    ],
    [
      'foreach (var s in new[] { "a" }) F(s); foreach (var (p, q) in G()) { }',
      ['s = ["a"][_]', "F(s)", "G()"],
    ],
    [
      "list.Select(x => F(x)).Each((a, b) => { return G(); });",
      [
        "list.Select(fn lambda).Each(fn lambda)",
        "function null lambda(x)",
        "return F(x)",
        "function null lambda(a, b)",
        "return G()",
      ],
    ],
    [
      "Func<int> f = () => G(); var d = delegate (int p) { H(p); }; int L(string s) => I(s);",
      [
        "f: Func = fn f",
        "d = fn d",
        "function f f()",
        "return G()",
        "function d d(p: int)",
        "H(p)",
        "function L L(s: string): int",
        "return I(s)",
      ],
    ],
    [
      'try { F(); } catch (E e) when (e.M == "m") { G(); } finally { H(); }',
      ["F()", 'compare(e.M, "m")', "G()", "H()"],
    ],
    [
      'using (var t = B()) { F(t); } lock (o) { G(); } throw new E($"no {x}");',
      ["t = B()", "F(t)", "o", "G()", 'throw new E(join("no ", x))'],
    ],
    [
      'var q = from a in b where a.X == "x" select F(a);',
      ["a = b[_]", 'q = other(other(compare(a.X, "x")), other(F(a)))'],
    ],
    ['#if DEBUG\nF("d");\n#else\nF("r");\n#endif', ['F("d")', 'F("r")']],
    ["global::System.Console.WriteLine(x);", ["System.Console.WriteLine(x)"]],
    ["while ((line = r.Read()) != null) F(line);", ["line = r.Read()", "compare(line)", "F(line)"]],
  ])("%s", (source, expected) => {
    expect(show(source).map((line) => line.trim())).toEqual(expected);
  });
});

test("namespaces, types and their members", () => {
  const source = `using System.Data;
using static Shop.Sql;
using Cmd = Npgsql.NpgsqlCommand;
[assembly: Foo("x")]
namespace Shop.Names;
[Table("t", Schema = "s")]
public sealed class Names<T>(string dep) : Base<T>(dep, "y"), pool.IDrop where T : class {
  public const string Drop = "DROP " + "DATABASE";
  private static readonly string A = "a", B;
  Backend backend = new("b");
  public string P { get; set; } = "p";
  public string Sql => $"DROP {P}";
  internal int Count => Run("c");
  string F { get { return "f"; } set => x = value; }
  public Names() : this("z") { }
  [HttpPost("x", Name = "y"), Test] public async Task<Backend?> Do(string name = "d", params int[] r) { await G(); }
  [InlineData("i")] abstract void Later();
  static void Ext(this string s) { }
  public static string operator +(Names a, Names b) => "o";
}
enum Kind { A = 1, B }
interface IDrop { void Drop(); string Name { get; } int Go() => H(); }
record Row(string S = "w");
`;
  expect(show(source)).toEqual([
    "package Shop.Names",
    "import System.Data * as null",
    "import Shop.Sql * as null",
    "import Npgsql NpgsqlCommand as Cmd",
    "type Names above Base, pool.IDrop fields dep: string, Drop: string, A: string, B: string, backend: Backend, P: string, Sql: string, Count: int, F: string methods Later",
    "type Kind",
    "interface IDrop fields Name: string methods Drop",
    "type Row fields S: string",
    'Foo("x")',
    'Table("t", Schema: "s")',
    'new Base(dep, "y")',
    'export const Names.Drop: string = join("DROP ", "DATABASE")',
    'const Names.A: string = "a"',
    'Names.backend: Backend = new Backend("b")',
    'export Names.P: string = "p"',
    'export const Names.Sql: string = join("DROP ", P)',
    '"w"',
    "export function Count Names.Count(): int",
    '  return Run("c")',
    "function get_F Names.get_F()",
    '  return "f"',
    "function set_F Names.set_F()",
    "  x = value",
    "export function Names Names.Names()",
    '  this("z")',
    '@HttpPost @Test export function Do Names.Do(name: string = "d", r: int): Backend',
    '  HttpPost("x", Name: "y")',
    "  G()",
    "@InlineData function Later Names.Later()",
    '  InlineData("i")',
    "function Ext Names.Ext(s: string)",
    "export function operator + Names.operator +(a: Names, b: Names): string",
    '  return "o"',
    "export function Go IDrop.Go(): int",
    "  return H()",
  ]);
});

test("positions: of a function's name, of a literal, of a call's name and end", () => {
  const source = 'class A { void Drop(string n) { db.Run($"DROP {n}", 1); } }';
  const [, drop] = reader.read(source).functions;
  expect([drop?.at, drop?.end]).toEqual([source.indexOf("Drop"), source.length - 2]);
  const [statement] = drop?.body ?? [];
  if (statement?.value.is !== "call") throw new Error("no call");
  expect([statement.value.at, statement.value.end]).toEqual([source.indexOf("Run"), source.indexOf(";")]);
  expect(statement.value.args.map(({ at }) => at)).toEqual([source.indexOf("$"), source.indexOf("1)")]);
});

test("a comment that allows, and where the parser gave up", () => {
  const file = reader.read("F(); // custody-allow: a test until 2027-01-31\nclass { (;");
  expect(file.comments).toEqual([{ text: "// custody-allow: a test until 2027-01-31", at: 5 }]);
  expect(file.errors.length).toBeGreaterThan(0);
});

const whole = `using A; namespace B { [C("a")] class D(string e = "b") : F(G("c")), I { const string H = "d" + @"e"; static string J = K("f"), L; event M N; [O("g")] P q = new("h");
  public string R { get; [S("i")] set { T("j"); } } = "k"; string U => "l"; string V => W("m"); string this[int x] => Y("n"); D() : base(Z("o")) { A("p"); } ~D() { B("q"); }
  [C("r")] T E<T>([F("s")] string g = "t", params string[] h) where T : new() { var i = $"u{J("v")}w{k:X}" + $@"x{l}" + $"""y{M("z")}"""; string n = """1""", o; var (p, q) = R("2");
    if (S("3") is "4" or T { U: "5" } v) W("6"); else X("7"); for (var y = Z("8"); A("9"); B("10")) { C("11"); } while (D("12")) { E("13"); } do { F("14"); } while (G("15"));
    foreach (var h1 in I("16")) J("17"); switch (K("18")) { case "19" when L("20"): M("21"); goto case "22"; case N { O: "23" } p1: break; default: P("24"); break; }
    try { throw new Q("25"); } catch (R e) when (S("26")) { T("27"); } catch { U("28"); } finally { V("29"); } using (var w = X("30")) Y("31"); using var z = A("32"); lock (B("33")) { C("34"); }
    var d = E("35") switch { "36" => F("37"), G g1 when H("38") => I("39"), _ => throw new J("40") }; k = L("41") ? M("42") : N("43"); o ??= P("44"); q.r["45"] = S("46"); t += U("47"); (v, w) = (X("48"), "49");
    Y(z: A("50"), b: out var c, ref d); new E("51") { F = "52", G = { "53" }, ["54"] = H("55"), [I("56")] = new() { J = K("57") } }; var l = new[] { "58", M("59") }; string[] n1 = { "60" }; var o1 = new string[P("61")];
    Q(x => R("62"), (s, t) => { U("63"); }, delegate { V("64"); }, async () => await W("65")); X Y(int a = 1) { return Z("66"); } static int A2() => B("67"); var c2 = new { D = "68", e.F, G = H("69") }; I j = k2 with { L = "70" };
    from m in N("71") join o2 in P("72") on Q("73") equals R("74") let s2 = T("75") where U("76") orderby V("77") group W("78") by X("79") into y2 select Z("80"); a?.B("81")?[C("82")]?.D; e!.F("83"); checked(G("84")); -H("85"); (I)J("86");
    K("87") as L; M("88") is N; typeof(O); P<Q>("89")("90"); unsafe { fixed (R* s3 = T("91")) { } } yield return U("92"); V("93"); label: W('x'); List<string> x3 = ["94", .. Y("95")]; Z("96"u8, 'y', @"97""", default, nameof(a.b), ("98", c: A("99")));
  } public static D operator +(D a, D b) => B("100"); public static implicit operator C(D d) { return E("101"); } delegate void F2([G("102")] string h = "103"); enum I2 { [J("104")] K, L = 1 } interface M2 { void N([O("105")] int p = 1); string Q2 => R("106"); }
  record S2([T("107")] string U2 = "108") : V2(W("109")) { X2 y = new(); } abstract void Z2(string a = "110"); } }
`;

test("no literal and no call is lost", () => {
  expect(reader.lost(whole, kept)).toEqual([]);
});

test("mutated sources are read, whatever they have become", () => {
  fc.assert(fc.property(mutated(whole), (source) => void reader.tryRead(source)));
});
