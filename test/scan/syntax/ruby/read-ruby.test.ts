import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { readRuby } from "../../../../src/scan/syntax/ruby/read-ruby.ts";
import { mutated, readerOf } from "../read-source.ts";
import { showFile } from "../show-syntax.ts";

const reader = await readerOf("ruby", readRuby);
const kept = {
  texts: new Set([
    "string",
    "bare_string",
    "bare_symbol",
    "simple_symbol",
    "delimited_symbol",
    "heredoc_beginning",
    "regex",
    "character",
  ]),
  calls: new Set(["call", "subshell"]),
  transparent: /\.(freeze|squish)$|^(j\.k|p&\.q\("68"\)\.r)$/,
};

const show = (source: string) => showFile(reader.read(source)).split("\n");

describe("what a line does", () => {
  test.each<[string, string[]]>([
    ['conn.exec("DROP DATABASE #{name}")', ['conn().exec(join("DROP DATABASE ", name()))']],
    ["execute 'DROP ROLE ' + name", ['execute(join("DROP ROLE ", name()))']],
    ['name = "x"\nexecute name', ['name = "x"', "execute(name)"]],
    ['execute "DROP " "DATABASE x"', ['execute(join("DROP ", "DATABASE x"))']],
    ['conn.exec("DROP ROLE %s" % name)', ['conn().exec(printf("DROP ROLE %s", name()))']],
    ['x = "DROP %s %s" % [a, B]', ['x = printf("DROP %s %s", a(), B)']],
    ['x = "DROP %{n}" % { n: B }', ['x = printf("DROP %{n}", n: B)']],
    ['format("DROP %s", B)', ['format("DROP %s", B)']],
    ["x = 7\ny = x % 2", ["x = _", "y = other(x)"]],
    [
      "%w[dropdb shop].each { |w| p w }",
      ['["dropdb", "shop"].each(fn block in <main>)', "function null block in <main>(w)", "return p(w)"],
    ],
    ["x = %q(a'b) + %Q[c#{D}] + %(e\\n)", ['x = join("a\'b", "c", D, "e\\n")']],
    [String.raw`x = 'a\'b\n\\'`, [String.raw`x = "a'b\\n\\"`]],
    [String.raw`x = "\u0041\x42\103\u{44}\e\s"`, [String.raw`x = "ABCD\u001b "`]],
    ["send(:drop_database)", ['send("drop_database")']],
    ['x = :"DROP #{Y}"', ['x = join("DROP ", Y)']],
    [
      "dbs = all\ndbs.each(&:drop)",
      [
        "dbs = all()",
        "dbs.each(fn block in <main>)",
        "function null block in <main>(it)",
        "return it.drop()",
      ],
    ],
    ["`dropdb #{NAME}`", ['backtick `(join("dropdb ", NAME))']],
    ["%x(dropdb shop)", ['backtick `("dropdb shop")']],
    ['system("dropdb", NAME, exception: true)', ['system("dropdb", NAME, exception: _)']],
    ["system(*%w[dropdb shop])", ['system("dropdb", "shop")']],
    ["drop_all", ["drop_all()"]],
    ["redis.flushall", ["redis().flushall()"]],
    ["Foo::Bar.baz&.qux(1)", ["Foo.Bar.baz().qux(_)"]],
    ["f.(1)", ["f().call(_)"]],
    ['sql = +""\nsql << "DROP " << name', ['sql = ""', 'sql += "DROP "', "sql += name()"]],
    ['list.items << "x"', ['list().items().<<("x")']],
    ['@sql = "a"\n@sql += "b"', ['self.sql = "a"', 'self.sql += "b"']],
    [
      'h = { "a" => 1, b: "c", KEY => "d", **REST }',
      ['h = {a: _, b: "c", null: KEY, null: "d", null: other(REST)}'],
    ],
    ['h[:k] ||= "v"', ['h()["k"]', 'null = "v"']],
    ['cmd.sql = "DROP"', ['cmd.sql = "DROP"']],
    ['a, b = "x", "y"', ['a = "x"', 'b = "y"']],
    ["a, *b = two", ["a = two()[_]", "b = _[_]"]],
    ['x = A ? "b" : "c"', ['x = choice("b", "c")']],
    [
      'x = if ok? then log; "b" elsif B then "c" else "d" end',
      ["ok?()", "log()", 'x = choice("b", choice("c", "d"))'],
    ],
    ['x = ENV["SQL"] || "DROP"', ['x = choice(ENV["SQL"], "DROP")']],
    ["run if line =~ /drop #{x}/i", ["x()", "compare(line(), /drop #{x}/)", "run()"]],
    [
      'case cmd when "FLUSHALL", /drop/ then a else b end',
      ['compare(cmd(), "FLUSHALL", /drop/)', "a()", "b()"],
    ],
    ['x = case cmd when "A" then "b" end', ['compare(cmd(), "A")', 'x = "b"']],
    ['for n in ["a", "b"] do use(n) end', ['n = ["a", "b"][_]', "use(n)"]],
    [
      'begin; a; rescue PG::Error => e; raise "no #{e}"; ensure; c; end',
      ["a()", "compare(PG.Error)", 'raise(join("no ", e))', "c()"],
    ],
    ["x = (a; b)", ["a()", "x = b()"]],
    [
      "task drop: :environment do |t| drop(t) end",
      ['task(fn block in <main>, drop: "environment")', "function null block in <main>(t)", "return drop(t)"],
    ],
    [
      'require "pg"\nrequire_relative "names"',
      ["import pg * as null", "import ./names * as null", 'require("pg")', 'require_relative("names")'],
    ],
    ["x = ->(a, b = 1) { a }", ["x = fn x", "function x x(a, b = _)", "return a"]],
    ["execute(<<~SQL.squish)\n  DROP\n    DATABASE\nSQL", ['execute("DROP\\n  DATABASE\\n")']],
    [
      "execute <<~A, <<-'B', 1\n  DROP #{NAME}\n\n    x\\t\nA\n  raw #{x}\\n\n  B\nnext_one",
      ['execute(join("DROP ", NAME, "\\n\\n  x\\t\\n"), "  raw #{x}\\\\n\\n", _)', "next_one()"],
    ],
    ["exec(<<A, x)\nDROP\nA\nlog", ['exec("DROP\\n", x())', "log()"]],
    ["<<~`SH`\n  dropdb x\nSH", ['backtick `("dropdb x\\n")']],
    ["a and raise 'x'", ['choice(a(), raise("x"))']],
    ["$db ||= open", ["$db = open()"]],
    [
      "yield_self { drop }",
      ["yield_self(fn block in <main>)", "function null block in <main>()", "return drop()"],
    ],
  ])("%s", (source, expected) => {
    expect(show(source).map((line) => line.trim())).toEqual(expected);
  });
});

test("modules, classes, methods and constants", () => {
  const source = `module Shop
  class Names < Base
    include Droppable
    attr_reader :conn, :sql
    DROP = "DROP DATABASE".freeze
    Row = Struct.new(:name) do
      def drop = run(name)
    end
    def initialize(conn) = @conn = conn
    def drop(name, force: false, *rest, **more, &block)
      sql = "x"
      return sql if force
      conn.exec(sql)
    end
    def self.all; yield; end
    class << self
      def each; end
      private
      def hidden; end
    end
    define_method(:purge) { |n| drop(n) }
    def shown; end
    private :shown
    private def quiet; end
    private
    def secret; end
  end
end
class Shop::Other; def a; super; end; end
def helper(a = DROP) = a
`;
  expect(show(source)).toEqual([
    "type Shop",
    "type Shop::Names above Base, Droppable fields conn, sql",
    "type Shop::Names::Row",
    "type Shop::Other",
    "include(Droppable)",
    'attr_reader("conn", "sql")',
    'export const Names.DROP = "DROP DATABASE"',
    'export const Names.Row = Struct.new("name", fn block in Shop::Names::Row)',
    'define_method("purge", fn Shop::Names#purge)',
    'private("shown")',
    "private(_)",
    "function null block in Shop::Names::Row()",
    "export function drop Shop::Names::Row#drop()",
    "  return run(name())",
    "export function initialize Shop::Names#initialize(conn)",
    "  self.conn = conn",
    "  return self.conn",
    "export function drop Shop::Names#drop(name, force = _, rest, more, block)",
    '  sql = "x"',
    "  return sql",
    "  return conn().exec(sql)",
    "export function all Shop::Names.all()",
    "  return yield()",
    "export function each Shop::Names.each()",
    "function hidden Shop::Names.hidden()",
    "function purge Shop::Names#purge(n)",
    "  return drop(n)",
    "function shown Shop::Names#shown()",
    "function quiet Shop::Names#quiet()",
    "function secret Shop::Names#secret()",
    "export function a Shop::Other#a()",
    "  return super()",
    "export function helper helper(a = DROP)",
    "  return a",
  ]);
});

test("positions: of a method's name, of a literal, of a call's name and end", () => {
  const source = "def drop(n)\n  conn.exec <<~SQL\n    DROP #{n}\n  SQL\nend\n";
  const [, drop] = reader.read(source).functions;
  expect([drop?.at, drop?.end]).toEqual([4, source.length - 1]);
  const [statement] = drop?.body ?? [];
  if (statement?.value.is !== "call") throw new Error("no call");
  expect([statement.value.at, statement.value.end]).toEqual([
    source.indexOf("exec"),
    source.indexOf("\n    DROP"),
  ]);
  expect(statement.value.args.map(({ at }) => at)).toEqual([source.indexOf("<<~")]);
});

test("a comment that allows, and where the parser gave up", () => {
  const file = reader.read("drop # custody-allow: a test until 2027-01-31\ndef )x");
  expect(file.comments).toEqual([{ text: "# custody-allow: a test until 2027-01-31", at: 5 }]);
  expect(file.errors.length).toBeGreaterThan(0);
});

const whole = `require "a"; module M; class C < Struct.new(:q); A = "s".freeze; B = %i[x y]; include D(:e); end; end
def f(a, b = g("d"), *c, k: h(:i), &l)
  execute <<~SQL.squish, <<-'RAW', j("m")
    DROP #{n("o")} \\t
      x #{p :q}
  SQL
    raw
  RAW
  if r?("s") then t("u") elsif v("w") then x else y("z") end
  while a("1") do b("2") end; until c("3"); d("4"); end
  e("5") unless f("6"); g("7") rescue h("8"); i("9") while j("10")
  case k("11") when "12", /13#{l("14")}/ then m("15") else n("16") end
  case o("17"); in {p: "18"} then q("19"); in String if s("20") then 1 end
  begin t("21"); rescue U(:v) => e then w("22") else x("23") ensure y("24") end
  z = a ? b("25") : c("26"); d, (e, *f) = g("27"), "28"; h["29"] = i("30"); j.k = l("31"); m ||= n("32"); O << p("33") << "34"
  "a" "b#{q("35")}" + r("36") % [s("37"), { t: u("38") }] && v("39") == w("40") or not x("41")
  y.z("42") do |a, (b, c), d = "43"| e("44").f { g("45") } end.h(&:i).j(&k("46")).l(*m("47"), **n("48"), o: "49", "50" => p("51"), q("52") => 1)
  \`ls #{r("53")}\`; %x(s); ->(a = t("54")) { u("55") }; lambda { |v| w("56") }; yield x("57"), y: "58"; super(z("59")); return a("60"), "61"
  %w[b #{c}] + %W[d#{e("62")} f] + [g("63"), *h("64"), i: "65"]; ?j; :"k#{l("66")}"; m::N.o("67"); p&.q("68").r = s("69"); defined?(t("70"))
  class << self; def u(v = "71") = w("72"); private def x; y("73"); end; end; Z = Class.new(A("74")) do def b; c("75"); end end
  d { |e; f| next g("76") if h("77"); break i("78") }; alias j k; BEGIN { l("79") }; for m in n("80") do o("81") end; p(q: "82") { r "83" }
ensure
  s("84")
end
`;

test("no literal and no call is lost", () => {
  expect(reader.read(whole).errors).toEqual([]);
  expect(reader.lost(whole, kept)).toEqual([]);
});

test("mutated sources are read, whatever they have become", () => {
  fc.assert(fc.property(mutated(whole), (source) => void reader.tryRead(source)));
});
