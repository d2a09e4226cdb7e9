import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { readPhp } from "../../../../src/scan/syntax/php/read-php.ts";
import { mutated, readerOf } from "../read-source.ts";
import { showFile } from "../show-syntax.ts";

const reader = await readerOf("php", readPhp);
const kept = {
  texts: new Set(["string", "encapsed_string", "heredoc", "nowdoc"]),
  calls: new Set([
    "function_call_expression",
    "member_call_expression",
    "nullsafe_member_call_expression",
    "scoped_call_expression",
    "object_creation_expression",
    "shell_command_expression",
  ]),
};

const show = (source: string) => showFile(reader.read(source)).split("\n");

describe("what a line does", () => {
  test.each<[string, string[]]>([
    ['$this->pdo->exec("DROP DATABASE $name");', ['this.pdo.exec(join("DROP DATABASE ", name))']],
    [
      "$db->exec(\"DROP {$a->b} ${c} `{$d}`{$e['f']}\");",
      ['db.exec(join("DROP ", a.b, " ", c, " `", d, "`", e["f"]))'],
    ],
    [
      String.raw`$a = "\x41\u{42}\103\$ \n{x} {$y->z('q')}";`,
      [String.raw`a = join("ABC$ \n{x} ", y.z("q"))`],
    ],
    [String.raw`$a = 'it\'s $x \n';`, [String.raw`a = "it's $x \\n"`]],
    ["$sql .= <<<SQL\n    DROP {$x}\n      y\\t\n    SQL;", ['sql += join("DROP ", x, "\\n  y\\t")']],
    ["$a = <<<'X'\nraw $y\nX;", ['a = "raw $y"']],
    ['$a = <<<"X"\nX;', ['a = ""']],
    ['$a = "$b[key] $c[0] $d[$e]";', ['a = join(b["key"], " ", c[_], " ", d[e])']],
    ["$o = `dropdb $name`;", ['o = backtick `(join("dropdb ", name))']],
    ["DB::statement('DROP ' . self::NAME . $x);", ['DB.statement(join("DROP ", self.NAME, x))']],
    ["\\App\\Db\\DB::run(sprintf('DROP %s', $n));", ['App\\Db\\DB.run(sprintf("DROP %s", n))']],
    ["static::$sql = 'x'; self::$a .= 'b';", ['static.sql = "x"', 'self.a += "b"']],
    ["$v?->run(name: 'x', ...$rest);", ['v.run(other(rest), name: "x")']],
    ["$conn->{$m}('x'); $f('y'); $this->$m();", ['conn[m]("x")', 'f("y")', "this[m]()"]],
    ["$r = $conn->query('x') or die('no');", ['r = conn.query("x")', 'other(r, die("no"))']],
    ["@mysql_query('DROP DATABASE x');", ['mysql_query("DROP DATABASE x")']],
    [
      "$a = ['x', 'k' => 'y', F => 'z', ...$r];",
      ['a = {null: "x", k: "y", null: F, null: "z", null: other(r)}'],
    ],
    ["$a = array('x', 'y'); f(...['p', 'q']);", ['a = ["x", "y"]', 'f("p", "q")']],
    ["$list[] = 'x';", ['list += ["x"]']],
    [
      "[$a, $b] = ['x', 'y']; list($c, 'k' => $d) = f();",
      ['a = "x"', 'b = "y"', "c = f()[_]", '"k"', "d = _[_]"],
    ],
    [
      "$a = $c ? 'x' : 'y'; $b = $c ?: 'z'; $d = $e ?? 'w';",
      ['a = choice("x", "y")', 'b = choice(c, "z")', 'd = choice(e, "w")'],
    ],
    [
      "$a = match ($x) { 'p', 'q' => f(), default => throw new E('m') };",
      ['compare(x, "p", "q")', 'throw new E("m")', "a = choice(f(), _)"],
    ],
    ["switch ($x) { case 'DROP': f(); break; default: g(); }", ['compare(x, "DROP")', "f()", "g()"]],
    ["foreach (['a', 'b'] as $k => $v) { f($v); }", ["k = _", 'v = ["a", "b"][_]', "f(v)"]],
    ["foreach ($xs as [$a, $b]): f($a); endforeach;", ["a = xs[_][_]", "b = _[_]", "f(a)"]],
    [
      "if ($a === 'DROP' && preg_match('/drop/i', $b)): f(); elseif ($c): g(); else: h(); endif;",
      ['other(compare(a, "DROP"), preg_match("/drop/i", b))', "f()", "c", "g()", "h()"],
    ],
    ["try { f(); } catch (A | B $e) { g($e); } finally { h(); }", ["f()", "g(e)", "h()"]],
    [
      "$f = fn(int $x = 1): Foo => $x->y; array_map(function () use ($f) { return $f; }, $z);",
      [
        "f = fn f",
        "array_map(fn {closure}, z)",
        "function f f(x: int = _): Foo",
        "return x.y",
        "function null {closure}()",
        "return f",
      ],
    ],
    [
      "new class('x') extends Job { public function handle() { drop('y'); } };",
      ['new Job("x", fn Job::handle)', "export function handle Job::handle()", 'drop("y")'],
    ],
    [
      "define('DROP', 'DROP DATABASE x'); const B = 'y';",
      ['export const DROP = "DROP DATABASE x"', 'define("DROP", "DROP DATABASE x")', 'export const B = "y"'],
    ],
    ["echo 'a', $b; print 'c'; exit('d');", ['echo("a", b)', 'print("c")', 'exit("d")']],
    [
      "require_once __DIR__ . '/a.php'; include 'b.php';",
      ["import b.php * as null", 'require_once(join(__DIR__, "/a.php"))', 'include("b.php")'],
    ],
    ["$g = strlen(...); $h = (string) ($x);", ["g = strlen", "h = x"]],
    ["static $s = 'x'; global $wpdb; $wpdb->query('y');", ['s = "x"', 'wpdb.query("y")']],
    [
      "function f(?PDO $a, string|null $b = 'q', &...$c): ?Foo { return null; }",
      ['export function f f(a: PDO, b: string = "q", c): Foo', "return _"],
    ],
    ["while ($row = $r->fetch()) { f($row); }", ["row = r.fetch()", "row", "f(row)"]],
  ])("%s", (source, expected) => {
    expect(show(`<?php\n${source}\n`).map((line) => line.trim())).toEqual(expected);
  });
});

test("namespaces, classes, interfaces, traits, enums, with HTML around them", () => {
  const source = `<h1>DROP DATABASE</h1>
<?php
declare(strict_types=1);
namespace App\\Db;
use Foo\\Bar as Baz, Qux;
use function App\\drop;
use App\\{Names, Sql\\Text as T};
#[Table("t", schema: 's')]
final class Store extends Base implements I, Foo\\J {
  use Droppable;
  private const DROP = 'DROP';
  public static ?string $sql = "x", $other;
  public function __construct(private readonly \\PDO $pdo, protected int $n = 1) { parent::__construct(); }
  #[Test] private function drop(): void { $this->pdo->exec(self::DROP); }
  abstract protected function later();
}
interface I extends K { const A = 'b'; public function go(); }
trait Droppable { public static function drop() {} }
enum Suit: string { case A = 'a'; case B = 'b'; }
?>
<p><?= $x ?></p>
`;
  expect(show(source)).toEqual([
    "package App\\Db",
    "import Foo Bar as Baz",
    "import  Qux as Qux",
    "import App drop as drop",
    "import App Names as Names",
    "import App\\Sql Text as T",
    "type Store above Base, I, Foo\\J, Droppable fields sql: string, other: string, pdo: PDO, n: int methods later",
    "interface I above K methods go",
    "type Droppable",
    "type Suit",
    'Table("t", schema: "s")',
    'const Store.DROP = "DROP"',
    'export Store.sql: string = "x"',
    'export const I.A = "b"',
    'export const Suit.A = "a"',
    'export const Suit.B = "b"',
    "x",
    "export function __construct Store::__construct(pdo: PDO, n: int = _)",
    "  this.pdo: PDO = pdo",
    "  this.n: int = n",
    "  parent.__construct()",
    "@Test function drop Store::drop()",
    "  this.pdo.exec(self.DROP)",
    "export function drop Droppable::drop()",
  ]);
});

test("positions: of a function's name, of a literal, of a call's name and end", () => {
  const source = "<?php function drop($n) { \\Foo\\run(<<<A\n  x $n\n  A); }";
  const [, drop] = reader.read(source).functions;
  expect([drop?.at, drop?.end]).toEqual([source.indexOf("drop"), source.length]);
  const [statement] = drop?.body ?? [];
  if (statement?.value.is !== "call") throw new Error("no call");
  expect([statement.value.at, statement.value.end]).toEqual([source.indexOf("run"), source.indexOf(";")]);
  expect(statement.value.args.map(({ at }) => at)).toEqual([source.indexOf("<<<")]);
});

test("a comment that allows, and where the parser gave up", () => {
  const file = reader.read("<?php # custody-allow: a test until 2027-01-31\nf('it's');");
  expect(file.comments).toEqual([{ text: "# custody-allow: a test until 2027-01-31", at: 6 }]);
  expect(file.errors.length).toBeGreaterThan(0);
});

const whole = `<?php namespace A; use B\\C; #[D("a")] abstract class E extends F { use G; const H = 'b'; public $i = "c", $j = ['d' => 'e'];
  function __construct(#[K("f")] private L $m = new N("g")) { parent::__construct("h"); } #[O("i")] abstract function p($q = "j");
  public string $hooked { get => r("k"); set { s("l"); } }
  function t(): ?U { $a = "m {$b->c("n")} $d[0] $e->f \${g} {$h['o']}"; $i = <<<X
    p {$j->k("q")}
    X . <<<'Y'
    r
    Y . \`s {$l("t")}\`; if ($m = n("u")) o("v"); elseif (p("w")): q("x"); else: r("y"); endif;
    for ($s = t("z"), $u = v("1"); w("2"); x("3")) { y("4"); } while (z("5")): a("6"); endwhile; do { b("7"); } while (c("8"));
    foreach (d("9") as e("10")->f => [$g, 'h' => $i]) j("11"); switch (k("12")) { case l("13"): m("14"); default: n("15"); }
    try { throw new O("16"); } catch (P $q) { r("17"); } finally { s("18"); } $t = match (true) { u("19"), 'v' => w("20"), default => x("21") };
    $y = z("22") ? a("23") : b("24"); c("25") ?: d("26"); e("27") ?? f("28"); $g['29'][h("30")] = i("31"); $j[] = k("32"); [$l, m("33")->n] = [o("34"), "35"];
    $p .= q("36") . r("37"); $s ??= t("38"); u(v: w("39"), ...x("40")); new class(y("41")) extends Z { function a() { b("42"); } }; $c = new $d("43");
    $e = fn($f = "44") => g("45"); (function() use ($h) { return i("46"); })(j("47")); k(...); $l->m(...); N::o(p("48"))::q("49"); $r?->s("50")?->t; $$u; \${v("51")};
    echo w("52"), "53"; print x("54"); return y(clone z("55"), (int) a("56"), @b("57"), !c("58"), -d("59"), e("60") instanceof F); yield g("61") => h("62"); yield from i("63");
    static $j = k("64"); unset($l[m("65")]); isset($n["66"]); list(, $o) = p("67"); goto q; q: include r("68"); exit(s("69")); die; declare(ticks=1) { t("70"); } u(...["71", v("72")]); } }
interface W { const X = "73"; } enum Y: string { case Z = "74"; const A = "75"; function b() { c("76"); } } function d() { return e("77"); } const F = "78"; define("79", g("80"));
h("81") or i("82"); j("83") and k("84") xor l("85"); $m = &n("86"); $o = ["87" => p("88"), q("89") => "90", ...r("91")]; $s = "a" . "b" . t("92") . ("c" . u("93")); ?> html "text" <?= v("94") ?>
<?php if ($w): ?> more <?php x("95"); endif;
`;

test("no literal and no call is lost", () => {
  expect(reader.read(whole).errors).toEqual([]);
  expect(reader.lost(whole, kept)).toEqual([]);
});

test("mutated sources are read, whatever they have become", () => {
  fc.assert(fc.property(mutated(whole), (source) => void reader.tryRead(source)));
});
