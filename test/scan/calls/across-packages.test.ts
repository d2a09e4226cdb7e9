import { describe, expect, test } from "bun:test";
import type { ExampleFiles } from "../../../src/scan/rules/rule.ts";
import { tellCalls } from "../../support/tell-calls.ts";

const wipePy = 'def wipe(cursor):\n    cursor.execute("DROP DATABASE a")\n';
const goPy = (imports: string, call = "wipe(cursor)"): string =>
  `${imports}\n\ndef go(cursor):\n    ${call}\n`;
const wipeGo = (name: string): string =>
  `package ${name}\n\nfunc Wipe(db *sql.DB) error {\n\t_, err := db.Exec("DROP DATABASE a")\n\treturn err\n}\n`;
const goGo = (imports: string, call: string): string =>
  `package api\n\nimport ${imports}\n\nfunc Go(db *sql.DB) error {\n\treturn ${call}\n}\n`;
const wipeRs =
  'pub async fn wipe(pool: &PgPool) {\n    sqlx::query("DROP DATABASE a").execute(pool).await;\n}\n';
const goRs = (uses: string, call = "wipe(pool)"): string =>
  `${uses}\n\npub async fn go(pool: &PgPool) {\n    ${call}.await;\n}\n`;

/** Trees in which `go` runs `wipe`, which is declared in another file. */
const trees: readonly (readonly [what: string, files: ExampleFiles])[] = [
  [
    "Python: all names, through a package",
    {
      "app/go.py": goPy("from .db import wipe"),
      "app/db/__init__.py": "from .drops import *\n",
      "app/db/drops.py": wipePy,
    },
  ],
  [
    "Python: another name, from a package above",
    {
      "app/api/go.py": goPy("from ..db import gone", "gone(cursor)"),
      "app/db/__init__.py": "from .drops import wipe as gone\n",
      "app/db/drops.py": wipePy,
    },
  ],
  [
    "Python: a module of a package",
    { "app/go.py": goPy("from app.db import drops", "drops.wipe(cursor)"), "app/db/drops.py": wipePy },
  ],
  [
    "Python: a path as a whole",
    { "app/go.py": goPy("import app.db.drops", "app.db.drops.wipe(cursor)"), "app/db/drops.py": wipePy },
  ],
  [
    "Python: a path by another name",
    { "app/go.py": goPy("import app.db.drops as d", "d.wipe(cursor)"), "app/db/drops.py": wipePy },
  ],
  ["Python: a star", { "app/go.py": goPy("from app.drops import *"), "app/drops.py": wipePy }],
  [
    "Python: bound to another name",
    {
      "app/go.py": goPy("from app.db import gone", "gone(cursor)"),
      "app/db.py": "from app import drops\n\ngone = drops.wipe\n",
      "app/drops.py": wipePy,
    },
  ],
  [
    "Go: a package by the module's path",
    {
      "go.mod": "module example.com/shop\n\ngo 1.22\n",
      "internal/drops/drops.go": wipeGo("drops"),
      "other/drops/drops.go": wipeGo("drops").replace("func Wipe", "func Other"),
      "api/api.go": goGo('"example.com/shop/internal/drops"', "drops.Wipe(db)"),
    },
  ],
  [
    "Go: an alias",
    {
      "go.mod": "module example.com/shop\n",
      "drops/drops.go": wipeGo("drops"),
      "api/api.go": goGo('d "example.com/shop/drops"', "d.Wipe(db)"),
    },
  ],
  [
    "Go: a package that is not called as its folder",
    {
      "go.mod": "module example.com/shop\n",
      "pkg-drops/drops.go": wipeGo("removal"),
      "api/api.go": goGo('"example.com/shop/pkg-drops"', "removal.Wipe(db)"),
    },
  ],
  [
    "Go: a dot",
    {
      "go.mod": "module example.com/shop\n",
      "drops/drops.go": wipeGo("drops"),
      "api/api.go": goGo('. "example.com/shop/drops"', "Wipe(db)"),
    },
  ],
  [
    "Go: no go.mod",
    { "drops/drops.go": wipeGo("drops"), "api/api.go": goGo('"example.com/shop/drops"', "drops.Wipe(db)") },
  ],
  [
    "Rust: given on by the crate, under another name",
    {
      "src/lib.rs": "pub mod db;\npub use db::drops::wipe as gone;\n",
      "src/db/mod.rs": "pub mod drops;\n",
      "src/db/drops.rs": wipeRs,
      "src/api.rs": goRs("use crate::gone;", "gone(pool)"),
    },
  ],
  [
    "Rust: braces and another name",
    {
      "src/main.rs": "mod db;\nmod api;\n",
      "src/db/mod.rs": wipeRs,
      "src/api.rs": goRs("use crate::db::{wipe as w, other};", "w(pool)"),
    },
  ],
  [
    "Rust: a module above",
    {
      "src/main.rs": "mod db;\n",
      "src/db/mod.rs": "mod drops;\nmod api;\n",
      "src/db/drops.rs": wipeRs,
      "src/db/api.rs": goRs("use super::drops;", "drops::wipe(pool)"),
    },
  ],
  [
    "Rust: a glob that is given on",
    {
      "src/main.rs": "mod db;\nmod api;\n",
      "src/db.rs": "mod drops;\npub use self::drops::*;\n",
      "src/db/drops.rs": wipeRs,
      "src/api.rs": goRs("", "crate::db::wipe(pool)"),
    },
  ],
  [
    "Rust: another crate of the tree",
    {
      "crates/shop-db/src/lib.rs": "mod drops;\npub use drops::wipe;\n",
      "crates/shop-db/src/drops.rs": wipeRs,
      "crates/api/src/main.rs": goRs("use shop_db::wipe;"),
    },
  ],
  [
    "Java: a static import",
    {
      "shop/Drops.java":
        'package shop;\npublic final class Drops {\n  public static void wipe(Statement s) throws Exception { s.execute("DROP DATABASE a"); }\n}\n',
      "api/Api.java":
        "package api;\nimport static shop.Drops.wipe;\npublic class Api {\n  public void go(Statement s) throws Exception { wipe(s); }\n}\n",
    },
  ],
  [
    "Java: all static names of a class",
    {
      "shop/Drops.java":
        'package shop;\npublic final class Drops {\n  public static void wipe(Statement s) throws Exception { s.execute("DROP DATABASE a"); }\n}\n',
      "api/Api.java":
        "package api;\nimport static shop.Drops.*;\npublic class Api {\n  public void go(Statement s) throws Exception { wipe(s); }\n}\n",
    },
  ],
  [
    "C#: using static",
    {
      "Drops.cs":
        'namespace Shop;\npublic static class Drops {\n  public static void Wipe(NpgsqlConnection c) { new NpgsqlCommand("DROP DATABASE a", c).ExecuteNonQuery(); }\n}\n',
      "Api.cs":
        "using static Shop.Drops;\nnamespace Api;\npublic class Api {\n  public void Go(NpgsqlConnection c) { Wipe(c); }\n}\n",
    },
  ],
  [
    "C#: another name",
    {
      "Drops.cs":
        'namespace Shop;\npublic static class Drops {\n  public static void Wipe(NpgsqlConnection c) { new NpgsqlCommand("DROP DATABASE a", c).ExecuteNonQuery(); }\n}\n',
      "Api.cs":
        "using D = Shop.Drops;\nnamespace Api;\npublic class Api {\n  public void Go(NpgsqlConnection c) { D.Wipe(c); }\n}\n",
    },
  ],
  [
    "PHP: a function",
    {
      "drops.php": "<?php\nnamespace Shop;\nfunction wipe(\\PDO $db) { $db->exec('DROP DATABASE a'); }\n",
      "api.php": "<?php\nnamespace Api;\nuse function Shop\\wipe;\nfunction go(\\PDO $db) { wipe($db); }\n",
    },
  ],
  [
    "PHP: a function by another name",
    {
      "drops.php": "<?php\nnamespace Shop;\nfunction wipe(\\PDO $db) { $db->exec('DROP DATABASE a'); }\n",
      "api.php":
        "<?php\nnamespace Api;\nuse function Shop\\wipe as gone;\nfunction go(\\PDO $db) { gone($db); }\n",
    },
  ],
  [
    "PHP: a class by another name",
    {
      "Drops.php":
        "<?php\nnamespace Shop;\nfinal class Drops { public static function wipe(\\PDO $db) { $db->exec('DROP DATABASE a'); } }\n",
      "api.php": "<?php\nnamespace Api;\nuse Shop\\Drops as D;\nfunction go(\\PDO $db) { D::wipe($db); }\n",
    },
  ],
  [
    "Ruby: a module's own method",
    {
      "drops.rb":
        'module Shop\n  module Drops\n    def self.wipe(db)\n      db.execute("DROP DATABASE a")\n    end\n  end\nend\n',
      "api.rb": "def go(db)\n  Shop::Drops.wipe(db)\nend\n",
    },
  ],
  [
    "Ruby: a module by another name",
    {
      "drops.rb":
        'module Shop\n  module Drops\n    def self.wipe(db)\n      db.execute("DROP DATABASE a")\n    end\n  end\nend\n',
      "api.rb": "D = Shop::Drops\n\ndef go(db)\n  D.wipe(db)\nend\n",
    },
  ],
  [
    "Rust: a module within the file",
    {
      "src/main.rs": `mod drops {\n    ${wipeRs.replaceAll("\n", "\n    ").trimEnd()}\n}\n${goRs("", "drops::wipe(pool)")}`,
    },
  ],
  [
    "Rust: a type's function, through the crate",
    {
      "src/lib.rs": "mod db;\npub use db::Store;\n",
      "src/db.rs": `pub struct Store;\nimpl Store {\n    ${wipeRs.replaceAll("\n", "\n    ").trimEnd()}\n}\n`,
      "src/api.rs": goRs("use crate::Store as S;", "S::wipe(pool)"),
    },
  ],
  [
    "PHP: its whole name",
    {
      "drops.php": "<?php\nnamespace Shop;\nfunction wipe(\\PDO $db) { $db->exec('DROP DATABASE a'); }\n",
      "api.php": "<?php\nnamespace Api;\nfunction go(\\PDO $db) { \\Shop\\wipe($db); }\n",
    },
  ],
  [
    "PHP: a namespace that is used",
    {
      "drops.php": "<?php\nnamespace Shop;\nfunction wipe(\\PDO $db) { $db->exec('DROP DATABASE a'); }\n",
      "api.php": "<?php\nnamespace Api;\nuse Shop;\nfunction go(\\PDO $db) { Shop\\wipe($db); }\n",
    },
  ],
  [
    "Python: a package's own name for a module",
    {
      "app/go.py": goPy("import app.db as db", "db.drops.wipe(cursor)"),
      "app/db/__init__.py": "",
      "app/db/drops.py": wipePy,
    },
  ],
  [
    "Python: sources in a folder of their own",
    { "tests/go.py": goPy("from app.drops import wipe"), "src/app/drops.py": wipePy },
  ],
];

describe("a call of what another file declares is exact", () => {
  test.each(trees.map((each) => [...each] as const))("%s", async (_, files) => {
    expect(await tellCalls(files)).toEqual(["go:entry wipe:exact"]);
  });
});

describe("a method of a class of another file is told by its type", () => {
  test.each([
    [
      "Python: another name",
      {
        "app/go.py": goPy("from app.store import Store as S", "S().wipe(cursor)"),
        "app/store.py": `class Store:\n    ${wipePy.replace("(", "(self, ").replaceAll("\n", "\n    ").trimEnd()}\n`,
      },
    ],
    [
      "Ruby: what a class includes",
      {
        "drops.rb": 'module Drops\n  def wipe(db)\n    db.execute("DROP DATABASE a")\n  end\nend\n',
        "go.rb": "class Api\n  include Drops\n  def go(db)\n    wipe(db)\n  end\nend\n",
      },
    ],
  ] satisfies readonly (readonly [string, ExampleFiles])[])("%s", async (_, files) => {
    expect(await tellCalls(files)).toEqual(["go:entry wipe:by-type"]);
  });
});
