import { expect, test } from "bun:test";
import type { ExampleFiles } from "../../../src/scan/rules/rule.ts";
import { scanMarked } from "../../support/marked-sources.ts";

/** Where the text of a statement comes from. A line that bears no mark must not be found. */
const programs: readonly (readonly [string, ExampleFiles])[] = [
  [
    "a constant of another file, TypeScript",
    {
      "names.ts": 'export const DROP = "DROP DATABASE ";\n',
      "run.ts":
        'import { DROP } from "./names.ts";\nexport async function go(pool: Pool, name: string) {\n  await pool.query(DROP + name); // @finds database\n}\n',
    },
  ],
  [
    "a constant of another package, Go",
    {
      "names/names.go": 'package names\n\nconst Drop = "DROP DATABASE %s"\n',
      "run.go":
        'package run\n\nimport (\n\t"fmt"\n\t"example.com/x/names"\n)\n\nfunc Go(db *sql.DB, name string) {\n\tdb.Exec(fmt.Sprintf(names.Drop, name)) // @finds database\n}\n',
    },
  ],
  [
    "a constant of another module, Python",
    {
      "app/names.py": 'DROP = "DROP ROLE {}"\n',
      "app/run.py":
        "from app.names import DROP\n\ndef go(cursor, name):\n    cursor.execute(DROP.format(name))  # @finds role\n",
    },
  ],
  [
    "a constant of another class, Java",
    {
      "Names.java": 'package shop;\nfinal class Names { static final String DROP = "DROP SCHEMA "; }\n',
      "Run.java":
        "package shop;\nclass Run {\n  void go(Statement statement, String name) throws Exception {\n    statement.execute(Names.DROP + name); // @finds schema\n  }\n}\n",
    },
  ],
  [
    "a constant of another class, Ruby",
    {
      "names.rb": 'module Names\n  DROP = "DROP DATABASE"\nend\n',
      "run.rb":
        'def go(connection, name)\n  connection.execute("#{Names::DROP} #{name}") # @finds database\nend\n',
    },
  ],
  [
    "a constant of another class, PHP",
    {
      "Names.php": "<?php\nfinal class Names { const DROP = 'DROP DATABASE '; }\n",
      "run.php":
        "<?php\nfunction go(PDO $pdo, string $name) {\n  $pdo->exec(Names::DROP . $name); // @finds database\n}\n",
    },
  ],
  [
    "a constant of another module, Rust",
    {
      "src/names.rs": 'pub const DROP: &str = "DROP DATABASE";\n',
      "src/run.rs":
        'use crate::names::DROP;\n\npub async fn go(pool: &PgPool, name: &str) {\n    pool.execute(format!("{DROP} {name}").as_str()).await; // @finds database\n}\n',
    },
  ],
  [
    "a constant of another class, C#",
    {
      "Names.cs": 'static class Names { public const string Drop = "DROP DATABASE "; }\n',
      "Run.cs":
        'class Run {\n  void Go(DbContext context, string name) {\n    context.Database.ExecuteSqlRaw($"{Names.Drop}{name}"); // @finds database\n  }\n}\n',
    },
  ],
  [
    "two constants of one name: each file runs its own",
    {
      "a.ts":
        'const sql = "DROP DATABASE a";\nexport const a = (pool: Pool) => pool.query(sql); // @finds database\n',
      "b.ts": 'const sql = "SELECT 1";\nexport const b = (pool: Pool) => pool.query(sql);\n',
    },
  ],
  [
    "a text that is put together bit by bit",
    {
      "a.ts":
        'export async function go(pool: Pool, name: string) {\n  let sql = "DROP ";\n  sql += "DATABASE ";\n  sql += name;\n  await pool.query(sql); // @finds database\n}\n',
      "b.py":
        'def go(cursor, name):\n    sql = "DROP "\n    sql += "DATABASE "\n    sql += name\n    cursor.execute(sql)  # @finds database\n',
      "c.php":
        "<?php\nfunction go(PDO $pdo, $name) {\n  $sql = 'DROP ';\n  $sql .= 'DATABASE ';\n  $sql .= $name;\n  $pdo->exec($sql); // @finds database\n}\n",
    },
  ],
  [
    "a builder, Java",
    {
      "Run.java":
        'class Run {\n  void go(Statement statement, String name) throws Exception {\n    StringBuilder sql = new StringBuilder("DROP ");\n    sql.append("DATABASE ").append(name);\n    statement.execute(sql.toString()); // @finds database\n  }\n}\n',
    },
  ],
  [
    "a builder, Go",
    {
      "run.go":
        'package run\n\nfunc Go(db *sql.DB, name string) {\n\tvar b strings.Builder\n\tb.WriteString("DROP DATABASE ")\n\tb.WriteString(name)\n\tdb.Exec(b.String()) // @finds database\n}\n',
    },
  ],
  [
    "a builder, C#",
    {
      "Run.cs":
        'class Run {\n  void Go(SqlConnection connection, string name) {\n    var sql = new StringBuilder();\n    sql.Append("DROP DATABASE ");\n    sql.Append(name);\n    connection.Execute(sql.ToString()); // @finds database\n  }\n}\n',
    },
  ],
  [
    "a list that is joined",
    {
      "a.ts":
        'export const go = (pool: Pool, name: string) => pool.query(["DROP", "DATABASE", name].join(" ")); // @finds database\n',
      "b.py":
        'def go(cursor, name):\n    cursor.execute(" ".join(["DROP", "DATABASE", name]))  # @finds database\n',
    },
  ],
  [
    "elements of a list, by a loop and by a callback",
    {
      "a.ts":
        'export async function go(pool: Pool) {\n  for (const each of ["SELECT 1", "DROP DATABASE a"]) {\n    await pool.query(each); // @finds database\n  }\n}\n',
      "b.ts":
        'const all = ["SELECT 1", "DROP ROLE a"];\nexport function go(pool: Pool) {\n  all.forEach((each) => pool.query(each)); // @finds role\n}\n',
      "c.rb":
        'def go(connection)\n  ["DROP DATABASE a", "SELECT 1"].each do |sql|\n    connection.execute(sql) # @finds database\n  end\nend\n',
      "d.py":
        'def go(cursor):\n    for sql in ("SELECT 1", "DROP SCHEMA a"):\n        cursor.execute(sql)  # @finds schema\n',
      "e.go":
        'package e\n\nfunc Go(db *sql.DB) {\n\tfor _, each := range []string{"DROP DATABASE a", "SELECT 1"} {\n\t\tdb.Exec(each) // @finds database\n\t}\n}\n',
    },
  ],
  [
    "a field that a constructor sets",
    {
      "a.ts":
        "export class Drop {\n  private readonly sql: string;\n  constructor(private readonly pool: Pool, name: string) {\n    this.sql = `DROP DATABASE ${name}`;\n  }\n  async go() {\n    await this.pool.query(this.sql); // @finds database\n  }\n}\n",
      "b.py":
        'class Drop:\n    def __init__(self, cursor, name):\n        self.cursor = cursor\n        self.sql = "DROP DATABASE " + name\n\n    def go(self):\n        self.cursor.execute(self.sql)  # @finds database\n',
      "C.java":
        'class C {\n  private final String sql;\n  C(String name) { this.sql = "DROP DATABASE " + name; }\n  void go(Statement statement) throws Exception {\n    statement.execute(sql); // @finds database\n  }\n}\n',
    },
  ],
  [
    "a field that a constructor sets and a method reads, both without this",
    {
      "C.cs":
        'class C {\n  private readonly string _sql;\n  C(string name) { _sql = "DROP DATABASE " + name; }\n  void Go(IDbConnection db) {\n    db.Execute(_sql); // @finds database\n  }\n}\n',
    },
  ],
  [
    "what a function returns",
    {
      "a.ts":
        "const dropOf = (name: string) => `DROP DATABASE ${name}`;\nexport const go = (pool: Pool, name: string) => pool.query(dropOf(name)); // @finds database\n",
      "b.go":
        'package b\n\nfunc dropOf(name string) string { return "DROP DATABASE " + name }\n\nfunc Go(db *sql.DB, name string) {\n\tdb.Exec(dropOf(name)) // @finds database\n}\n',
    },
  ],
  [
    "a name that is set anew between two uses",
    {
      "a.ts":
        'export async function go(pool: Pool) {\n  let sql = "SELECT 1";\n  await pool.query(sql);\n  sql = "DROP DATABASE a";\n  await pool.query(sql); // @finds database\n}\n',
      "b.go":
        'package b\n\nfunc Go(db *sql.DB) {\n\tq := "DROP DATABASE a"\n\tdb.Exec(q) // @finds database\n\tq = "SELECT 1"\n\tdb.Exec(q)\n}\n',
      "c.py":
        'def go(cursor):\n    sql = "DROP ROLE a"\n    cursor.execute(sql)  # @finds role\n    sql = "DROP DATABASE a"\n    cursor.execute(sql)  # @finds database\n',
    },
  ],
  [
    "a name that is set in one branch only",
    {
      "a.ts":
        'export async function go(pool: Pool, all: boolean) {\n  let sql = "SELECT 1";\n  if (all) sql = "DROP DATABASE a";\n  await pool.query(sql); // @finds database\n}\n',
    },
  ],
  [
    "objects that a call makes or freezes",
    {
      "a.py":
        'Q = dict(drop="DROP ROLE {role}", make="CREATE ROLE {role}")\n\ndef go(cursor, role):\n    cursor.execute(Q["drop"].format(role=role))  # @finds role\n    cursor.execute(Q["make"].format(role=role))\n',
      "b.rb":
        'module Sql\n  Q = { drop: "DROP SCHEMA %{name} CASCADE", make: "CREATE SCHEMA %s" }.freeze\nend\ndef go(connection, name)\n  connection.execute(format(Sql::Q[:drop], name: name)) # @finds schema\n  connection.execute(Sql::Q.fetch(:make) % name)\nend\n',
      "c.ts":
        'const q = Object.freeze({ drop: "DROP DATABASE a", make: "CREATE DATABASE a" });\nconst byName = new Map([["drop", "DROP ROLE a"], ["make", "CREATE ROLE a"]]);\nexport async function go(pool: Pool) {\n  await pool.query(q.drop); // @finds database\n  await pool.query(q.make);\n  await pool.query(byName.get("drop")); // @finds role\n  await pool.query(byName.get("make"));\n}\n',
      "D.java":
        'class D {\n  static final Map<String, String> Q = Map.of("drop", "DROP ROLE a", "make", "CREATE ROLE a");\n  void go(JdbcTemplate jdbc) {\n    jdbc.execute(Q.get("drop")); // @finds role\n    jdbc.execute(Q.get("make"));\n  }\n}\n',
    },
  ],
  [
    "a script that is taken apart, and run part by part",
    {
      "a.py":
        'def go(cursor, name):\n    script = f"DROP DATABASE IF EXISTS {name}; CREATE DATABASE {name}"\n    for each in script.split(";"):\n        cursor.execute(each)  # @finds database\n',
      "b.ts":
        'export async function go(pool: Pool) {\n  for (const each of "DROP ROLE a; CREATE ROLE a".split(";").filter(Boolean).map((one) => one.trim())) await pool.query(each); // @finds role\n}\n',
      "c.go":
        'package c\n\nfunc Go(db *sql.DB, name string) {\n\tfor _, each := range strings.Split("DROP SCHEMA a; CREATE SCHEMA a", ";") {\n\t\tdb.Exec(each) // @finds schema\n\t}\n}\n',
    },
  ],
  [
    "words that are added to a command's one by one",
    {
      "a.go":
        'package a\n\nfunc Go(name string) {\n\targs := []string{"exec", "pg", "psql"}\n\targs = append(args, "-c", "DROP DATABASE "+name)\n\texec.Command("docker", args...).Run() // @finds database\n}\n',
      "b.py":
        'import subprocess\n\ndef go(name):\n    words = ["psql"]\n    words.append("-c")\n    words.append(f"DROP ROLE {name}")\n    subprocess.run(words)  # @finds role\n',
    },
  ],
];

test.each(programs)("%s", async (_, files) => {
  const { found, expected } = await scanMarked(files);
  expect(expected).not.toEqual([]);
  expect(found).toEqual(expected);
});

test("a mark that nothing fits is seen to fail", async () => {
  const { found, expected } = await scanMarked({ "a.py": 'cursor.execute("SELECT 1")  # @finds database\n' });
  expect(expected).toEqual(["a.py:1 database"]);
  expect(found).toEqual([]);
});
