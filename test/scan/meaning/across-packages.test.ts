import { expect, test } from "bun:test";
import type { ExampleFiles } from "../../../src/scan/rules/rule.ts";
import { scanMarked } from "../../support/marked-sources.ts";

const namesPy = 'DROP = "DROP DATABASE "\n';
const runPy = (imports: string, value = "DROP"): string =>
  `${imports}\n\ndef go(cursor, name):\n    cursor.execute(${value} + name)  # @finds database\n`;
const namesRs = 'pub const DROP: &str = "DROP DATABASE";\n';
const runRs = (uses: string, value = "DROP"): string =>
  `${uses}\n\npub async fn go(pool: &PgPool, name: &str) {\n    pool.execute(format!("{} {}", ${value}, name).as_str()).await; // @finds database\n}\n`;
const runGo = (imports: string, value: string): string =>
  `package run\n\nimport ${imports}\n\nfunc Go(db *sql.DB, name string) {\n\tdb.Exec(${value} + name) // @finds database\n}\n`;
const runJava = (imports: string, value: string): string =>
  `package api;\n${imports}\nclass Run {\n  void go(Statement statement, String name) throws Exception {\n    statement.execute(${value} + name); // @finds database\n  }\n}\n`;
const namesJava =
  'package shop;\npublic final class Names { public static final String DROP = "DROP DATABASE "; }\n';

/** Constants of other files. A line that bears no mark must not be found. */
const trees: readonly (readonly [what: string, files: ExampleFiles])[] = [
  [
    "Python: all of a package",
    {
      "app/db/__init__.py": "from .names import *\n",
      "app/db/names.py": namesPy,
      "app/run.py": runPy("from app.db import DROP"),
    },
  ],
  [
    "Python: a module of a package above",
    { "app/names.py": namesPy, "app/api/run.py": runPy("from .. import names", "names.DROP") },
  ],
  [
    "Python: another name",
    { "app/names.py": namesPy, "app/run.py": runPy("from .names import DROP as D", "D") },
  ],
  ["Python: a star", { "app/names.py": namesPy, "app/run.py": runPy("from .names import *") }],
  [
    "Python: a class's, through a package",
    {
      "app/db/__init__.py": "from .names import Names as N\n",
      "app/db/names.py": 'class Names:\n    DROP = "DROP DATABASE "\n',
      "app/run.py": runPy("from app.db import N", "N.DROP"),
    },
  ],
  [
    "Python: parts that are appended and joined",
    {
      "run.py":
        'def go(cursor, name):\n    parts = []\n    parts.append("DROP DATABASE")\n    parts.append(name)\n    cursor.execute(" ".join(parts))  # @finds database\n',
    },
  ],
  [
    "Python: the pairs of a dictionary",
    {
      "names.py": 'SQL = {"drop": "DROP DATABASE a", "list": "SELECT 1"}\n',
      "run.py":
        "from names import SQL\n\ndef go(cursor):\n    for name, text in SQL.items():\n        cursor.execute(text)  # @finds database\n",
    },
  ],
  [
    "Go: another name of a package",
    {
      "go.mod": "module example.com/shop\n",
      "names/names.go": 'package names\n\nconst Drop = "DROP DATABASE "\n',
      "run.go": runGo('n "example.com/shop/names"', "n.Drop"),
    },
  ],
  [
    "Go: a dot",
    {
      "go.mod": "module example.com/shop\n",
      "names/names.go": 'package names\n\nconst Drop = "DROP DATABASE "\n',
      "run.go": runGo('. "example.com/shop/names"', "Drop"),
    },
  ],
  [
    "Go: the right one of two packages of one name",
    {
      "go.mod": "module example.com/shop\n",
      "a/names/names.go": 'package names\n\nconst Verb = "SELECT "\n',
      "b/names/names.go": 'package names\n\nconst Verb = "DROP DATABASE "\n',
      "b/run.go": runGo('"example.com/shop/b/names"', "names.Verb"),
      "a/run.go": runGo('"example.com/shop/a/names"', "names.Verb").replace(" // @finds database", ""),
    },
  ],
  [
    "Java: a static import",
    { "shop/Names.java": namesJava, "api/Run.java": runJava("import static shop.Names.DROP;", "DROP") },
  ],
  [
    "Java: all static names",
    { "shop/Names.java": namesJava, "api/Run.java": runJava("import static shop.Names.*;", "DROP") },
  ],
  [
    "Java: a class",
    { "shop/Names.java": namesJava, "api/Run.java": runJava("import shop.Names;", "Names.DROP") },
  ],
  ["Java: its whole name", { "shop/Names.java": namesJava, "api/Run.java": runJava("", "shop.Names.DROP") }],
  [
    "Rust: given on under another name",
    {
      "src/lib.rs": "mod db;\nmod run;\n",
      "src/db/mod.rs": "mod names;\npub use self::names::DROP as VERB;\n",
      "src/db/names.rs": namesRs,
      "src/run.rs": runRs("use crate::db::VERB;", "VERB"),
    },
  ],
  [
    "Rust: braces and another name",
    {
      "src/main.rs": "mod names;\nmod run;\n",
      "src/names.rs": namesRs,
      "src/run.rs": runRs("use crate::names::{DROP as D};", "D"),
    },
  ],
  [
    "Rust: a glob",
    { "src/main.rs": "mod names;\n", "src/names.rs": namesRs, "src/run.rs": runRs("use super::names::*;") },
  ],
  [
    "C#: using static",
    {
      "Names.cs":
        'namespace Shop;\npublic static class Names { public const string Drop = "DROP DATABASE "; }\n',
      "Run.cs":
        "using static Shop.Names;\nnamespace Api;\nclass Run {\n  void Go(NpgsqlConnection c, string name) {\n    new NpgsqlCommand(Drop + name, c).ExecuteNonQuery(); // @finds database\n  }\n}\n",
    },
  ],
  [
    "C#: another name",
    {
      "Names.cs":
        'namespace Shop;\npublic static class Names { public const string Drop = "DROP DATABASE "; }\n',
      "Run.cs":
        "using N = Shop.Names;\nnamespace Api;\nclass Run {\n  void Go(NpgsqlConnection c, string name) {\n    new NpgsqlCommand(N.Drop + name, c).ExecuteNonQuery(); // @finds database\n  }\n}\n",
    },
  ],
  [
    "PHP: a constant of a namespace",
    {
      "names.php": "<?php\nnamespace Shop;\nconst DROP = 'DROP DATABASE ';\n",
      "run.php":
        "<?php\nnamespace Api;\nuse const Shop\\DROP;\nfunction go(\\PDO $pdo, string $name) {\n  $pdo->exec(DROP . $name); // @finds database\n}\n",
    },
  ],
  [
    "PHP: a class by another name",
    {
      "Names.php": "<?php\nnamespace Shop;\nfinal class Names { const DROP = 'DROP DATABASE '; }\n",
      "run.php":
        "<?php\nnamespace Api;\nuse Shop\\Names as N;\nfunction go(\\PDO $pdo, string $name) {\n  $pdo->exec(N::DROP . $name); // @finds database\n}\n",
    },
  ],
  [
    "Ruby: a constant of a module in a module",
    {
      "names.rb": 'module Shop\n  module Names\n    DROP = "DROP DATABASE"\n  end\nend\n',
      "run.rb":
        'def go(connection, name)\n  connection.execute("#{Shop::Names::DROP} #{name}") # @finds database\nend\n',
    },
  ],
  [
    "Ruby: a constant of a module that is included",
    {
      "names.rb": 'module Names\n  DROP = "DROP DATABASE"\nend\n',
      "run.rb":
        'class Run\n  include Names\n  def go(connection, name)\n    connection.execute("#{DROP} #{name}") # @finds database\n  end\nend\n',
    },
  ],
  [
    "PHP: of the class above",
    {
      "A.php": "<?php\nclass A { protected const DROP = 'DROP DATABASE '; }\n",
      "B.php":
        "<?php\nclass B extends A { function go(PDO $db, $name) {\n  $db->exec(parent::DROP . $name); // @finds database\n} }\n",
    },
  ],
];

test.each(trees.map((each) => [...each] as const))("%s", async (_, files) => {
  const { found, expected } = await scanMarked(files);
  expect(found).toEqual(expected);
});
