import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { readJava } from "../../../../src/scan/syntax/java/read-java.ts";
import { mutated, readerOf } from "../read-source.ts";
import { showFile } from "../show-syntax.ts";

const reader = await readerOf("java", readJava);
const kept = {
  texts: new Set(["string_literal", "character_literal"]),
  calls: new Set(["method_invocation", "object_creation_expression", "explicit_constructor_invocation"]),
};

const inMethod = (code: string) => `class Names { void drop(String name) {\n${code}\n} }`;

/** What the method's body became, without the lines around it. */
function bodyOf(code: string): string[] {
  return showFile(reader.read(inMethod(code)))
    .split("\n")
    .slice(2)
    .map((line) => line.trim());
}

describe("what a method does", () => {
  test.each<[string, string[]]>([
    ['st.execute("DROP DATABASE " + name);', ['st.execute(join("DROP DATABASE ", name))']],
    [
      'st.execute("DROP " + ("DATABASE " + name) + ";");',
      ['st.execute(join("DROP ", "DATABASE ", name, ";"))'],
    ],
    ['st.execute(String.format("DROP ROLE %s", name));', ['st.execute(String.format("DROP ROLE %s", name))']],
    ['st.execute("DROP %s".formatted(name));', ['st.execute("DROP %s".formatted(name))']],
    ['String sql; sql = a ? "x" : "y";', ['sql = choice("x", "y")']],
    ["String s = isOld(name) ? X : Y;", ["isOld(name)", "s: String = choice(X, Y)"]],
    ['final String s = "a"; s += "b";', ['const s: String = "a"', 's += "b"']],
    ["Connection c; var d = open();", ["c: Connection = _", "d = open()"]],
    ['this.sql = "x"; a.b.c = d;', ['this.sql = "x"', "a.b.c = d"]],
    ['a[0] = "x"; while ((s = read()) != null) {}', ["a[_]", 'null = "x"', "s = read()", "compare(s)"]],
    ['if (s.equals("DROP") && x == "y") run();', ['other(s.equals("DROP"), compare(x, "y"))', "run()"]],
    ['switch (s) { case "A": case "B": a(); break; default: b(); }', ['compare(s, "A", "B")', "a()", "b()"]],
    [
      'var v = switch (s) { case "A", B -> "c"; case C -> { log(); yield "d"; } default -> throw new E("m"); };',
      ['compare(s, "A", B, C)', "log()", 'throw new E("m")', 'v = choice("c", "d")'],
    ],
    [
      "try (Statement st = c.create(); q) { go(); } catch (A | B e) { log(e); } finally { end(); }",
      ["const st: Statement = c.create()", "q", "go()", "log(e)", "end()"],
    ],
    ['for (String s : List.of("a", "b")) use(s);', ['s: String = List.of("a", "b")[_]', "use(s)"]],
    [
      'guardedDrop(() -> run("x"));',
      ["guardedDrop(fn Names.drop.lambda)", "function null Names.drop.lambda()", 'return run("x")'],
    ],
    [
      "Runnable r = () -> { a(); }; list.forEach(this::go); map(Names::new);",
      [
        "r: Runnable = fn Names.drop.r",
        "list.forEach(this.go)",
        "map(Names.new)",
        "function r Names.drop.r()",
        "a()",
      ],
    ],
    [
      'run(new Callable<Void>() { public Void call() { return drop("x"); } });',
      [
        "run(new Callable(fn Names.drop.call))",
        "export function call Names.drop.call(): Void",
        'return drop("x")',
      ],
    ],
    [
      'f(new String[] { "a", "b" }, (String) y, new Outer.Inner<X>("z"));',
      ['f(["a", "b"], y, new Outer.Inner("z"))'],
    ],
    ["if (o instanceof Foo f) f.go();", ["f: Foo = o", "compare(o)", "f.go()"]],
    [
      'throw new IllegalStateException("cannot DROP DATABASE");',
      ['throw new IllegalStateException("cannot DROP DATABASE")'],
    ],
    ['assert a : "m";', ['assert(a, "m")']],
    ['x.a().b("c").d();', ['x.a().b("c").d()']],
    ["return f(name);", ["return f(name)"]],
    ['conn.exec("""\n    DROP DATABASE\n      x\n    """);', ['conn.exec("DROP DATABASE\\n  x\\n")']],
    ["Foo.bar(Foo.class, 'c', outer.new In());", ['Foo.bar(_, "c", new outer.In())']],
    ["synchronized (lock) { do { a(); } while (b()); }", ["lock", "a()", "b()"]],
  ])("%s", (code, expected) => {
    expect(bodyOf(code)).toEqual(expected);
  });
});

test("a class: fields, constructors, annotations, enums, records, what is above", () => {
  const source = `package shop.names;
import java.util.*;
import static shop.Sql.DROP;
import shop.pool.Backend;

@Sql(statements = {"DROP DATABASE a", OTHER}, phase = AFTER)
public class Names<T> extends Base<T> implements pool.Droppable {
  public static final String DROP = "DROP " + "DATABASE";
  private final Backend<T> backend = make();
  String plain;
  static { run("x"); }
  @Autowired Names(Backend<T> b) { super(b); this.backend = b; }
  @Query("DROP x") @Override private <X> Backend[] drop(final String name, int... rest) throws E { return null; }
  enum Statement { DROP("DROP ROLE"), OTHER { void run() { go(); } }; final String sql; }
  record Row(@Size(min = 1) String a, int b) {}
  interface Repository { @Query("DROP y") void dropAll(); void other(); default void d() { e(); } }
}
`;
  expect(showFile(reader.read(source)).split("\n")).toEqual([
    "package shop.names",
    "import java.util * as null",
    "import shop.Sql DROP as DROP",
    "import shop.pool Backend as Backend",
    "type Names above Base, pool.Droppable fields DROP: String, backend: Backend, plain: String",
    "type Statement fields sql: String",
    "type Row fields a: String, b: int",
    "interface Repository methods dropAll, other",
    'Sql(statements: ["DROP DATABASE a", OTHER], phase: AFTER)',
    'export const Names.DROP: String = join("DROP ", "DATABASE")',
    "const Names.backend: Backend = make()",
    'run("x")',
    'export const Statement.DROP: Statement = new Statement("DROP ROLE")',
    "export const Statement.OTHER: Statement = new Statement(fn Names.Statement.run)",
    "Size(min: _)",
    "@Autowired export function Names Names.Names(b: Backend)",
    "  super(b)",
    "  this.backend = b",
    "@Query @Override function drop Names.drop(name: String, rest: int): Backend",
    '  Query("DROP x")',
    "  return _",
    "export function run Names.Statement.run()",
    "  go()",
    "@Query export function dropAll Names.Repository.dropAll()",
    '  Query("DROP y")',
    "export function d Names.Repository.d()",
    "  e()",
  ]);
});

test("positions are those of the names, of the literals, and of a call's end", () => {
  const source = inMethod('st.execute("DROP DATABASE " + name);');
  const [, drop] = reader.read(source).functions;
  expect(drop?.at).toBe(source.indexOf("drop("));
  expect(drop?.end).toBe(source.lastIndexOf("}") - 1);
  const [statement] = drop?.body ?? [];
  if (statement?.value.is !== "call") throw new Error("no call");
  expect(statement.value.at).toBe(source.indexOf("execute"));
  expect(statement.value.end).toBe(source.indexOf(";"));
  expect(statement.value.args.map(({ at }) => at)).toEqual([source.indexOf('"DROP')]);
});

test("a comment that allows, and where the parser gave up", () => {
  const file = reader.read("class A { // custody-allow: a test until 2027-01-31\n void a() { b(; } }");
  expect(file.comments).toEqual([{ text: "// custody-allow: a test until 2027-01-31", at: 10 }]);
  expect(file.errors.length).toBeGreaterThan(0);
});

const whole = `package a; import b.C;
@Sql("DROP x") class Names extends Base { static final String A = "a" + 'b'; { init("i"); }
  Names() { this("x"); } @Q(value = "v") Object m(String s) throws E {
    String t = """
      text "block" \\n
      """; String[] u = { "x", f("y") };
    for (int i = g("h"); i < n("o"); i++) { s += "p" + i; } lambda(x -> call(x, "l"), Foo::bar, (a, b) -> { return z("w"); });
    var v = switch (s) { case "A" -> "c"; case Foo(int a) when k("g") -> { yield q("d"); } default -> throw new X("t"); };
    do { synchronized (lock("e")) { new In("f") { void r() { s("j"); } }; } } while (c("k") ? d("m") : e("r"));
    try (R r = open("u"); x) { label: break label; } catch (E e) { throw new E("bad", e); } finally { (close("last")).go(); }
    assert ok("1") : "2"; arr[at("3")] = (String) obj("4"); int[][] w = new int[size("5")][]; return o instanceof Foo f && f.is("6");
  }
  enum E { ONE("7") { void q() { t("8"); } }, TWO; E(String... s) { super("9"); } } record R(String a) { R { check("10"); } }
  interface I { String S = make("11"); @A("12") void m(@B("13") int x); } @interface N { String v() default "14"; }
}`;

test("no literal and no call is lost", () => {
  expect(reader.lost(whole, kept)).toEqual([]);
});

test("mutated sources are read, whatever they have become", () => {
  fc.assert(fc.property(mutated(whole), (source) => void reader.tryRead(source)));
});

test("nesting without end is refused, chains without end are not", () => {
  expect(reader.read(`class A { int a = ${"(".repeat(5000)}1${")".repeat(5000)}; }`).errors).not.toEqual([]);
  const chain = reader.read(`class A { String a = ${'"x" + '.repeat(5000)}"y"; }`);
  expect(chain.errors).toEqual([]);
  const value = chain.functions[0]?.body[0]?.value;
  expect(value?.is === "join" && value.parts.length).toBe(5001);
});
