import { expect, test } from "bun:test";
import { scanMarked } from "../../support/marked-sources.ts";

const javaClass = (body: string): string =>
  `package x;\nclass X {\n  void go(Statement s, String name) throws Exception {\n${body}  }\n}\n`;

/** Texts that are put together in lists, or kept in dictionaries. A line that bears no mark must not be found. */
const sources: readonly (readonly [what: string, path: string, source: string])[] = [
  [
    "Go: a list that begins empty",
    "x.go",
    'package x\n\nfunc Go(db *sql.DB, name string) {\n\tvar parts []string\n\tparts = append(parts, "DROP DATABASE")\n\tparts = append(parts, name)\n\tdb.Exec(strings.Join(parts, " ")) // @finds database\n}\n',
  ],
  [
    "Go: a list that begins with a part",
    "x.go",
    'package x\n\nfunc Go(db *sql.DB, name string) {\n\tparts := []string{"DROP"}\n\tparts = append(parts, "DATABASE", name)\n\tdb.Exec(strings.Join(parts, " ")) // @finds database\n}\n',
  ],
  [
    "Java: a list",
    "X.java",
    javaClass(
      '    List<String> parts = new ArrayList<>();\n    parts.add("DROP DATABASE");\n    parts.add(name);\n    s.execute(String.join(" ", parts)); // @finds database\n',
    ),
  ],
  [
    "Java: a dictionary",
    "X.java",
    javaClass(
      '    Map<String, String> sql = Map.of("drop", "DROP DATABASE a", "list", "SELECT 1");\n    s.execute(sql.get("list"));\n    s.execute(sql.get("drop")); // @finds database\n',
    ),
  ],
  [
    "C#: a list with a part",
    "X.cs",
    'class X {\n  void Go(NpgsqlConnection c, string name) {\n    var parts = new List<string> { "DROP DATABASE" };\n    parts.Add(name);\n    new NpgsqlCommand(string.Join(" ", parts), c).ExecuteNonQuery(); // @finds database\n  }\n}\n',
  ],
  [
    "PHP: array_push",
    "x.php",
    "<?php\nfunction go(PDO $db, $name) {\n  $parts = ['DROP'];\n  array_push($parts, 'DATABASE', $name);\n  $db->exec(join(' ', $parts)); // @finds database\n}\n",
  ],
  [
    "Ruby: <<",
    "x.rb",
    'def go(db, name)\n  parts = []\n  parts << "DROP DATABASE"\n  parts << name\n  db.execute(parts.join(" ")) # @finds database\nend\n',
  ],
  [
    "Ruby: a frozen hash",
    "x.rb",
    'SQL = { drop: "DROP DATABASE a", list: "SELECT 1" }.freeze\ndef go(db)\n  SQL.each { |key, sql| db.execute(sql) } # @finds database\nend\n',
  ],
  [
    "Rust: push",
    "x.rs",
    'pub async fn go(pool: &PgPool, name: &str) {\n    let mut parts: Vec<String> = Vec::new();\n    parts.push("DROP DATABASE".to_string());\n    parts.push(name.to_string());\n    sqlx::query(&parts.join(" ")).execute(pool).await; // @finds database\n}\n',
  ],
  [
    "Python: +=",
    "x.py",
    'def go(cursor, name):\n    parts = ["DROP DATABASE"]\n    if name:\n        parts += ["IF EXISTS", name]\n    cursor.execute(" ".join(parts))  # @finds database\n',
  ],
  [
    "Python: dict",
    "x.py",
    'SQL = dict(drop="DROP DATABASE a", list="SELECT 1")\n\ndef go(cursor):\n    cursor.execute(SQL["list"])\n    cursor.execute(SQL["drop"])  # @finds database\n',
  ],
  [
    "TypeScript: a list spread into another",
    "x.ts",
    'export function go(pool, name) {\n  const base = ["DROP", "DATABASE"];\n  const parts = [...base, name];\n  return pool.query(parts.join(" ")); // @finds database\n}\n',
  ],
  [
    "TypeScript: concat, and filter",
    "x.ts",
    'export function go(pool, name) {\n  const parts = ["DROP DATABASE", name.isOld && "IF EXISTS"].concat([name]);\n  return pool.query(parts.filter(Boolean).join(" ")); // @finds database\n}\n',
  ],
  [
    "TypeScript: a field that another method adds to",
    "x.ts",
    'class B {\n  parts = [];\n  drop(name) { this.parts.push("DROP DATABASE", name); return this; }\n  run(pool) { return pool.query(this.parts.join(" ")); } // @finds database\n}\n',
  ],
  [
    "TypeScript: statements one after another",
    "x.ts",
    'export function go(pool, name) {\n  const all = [];\n  all.push("SELECT 1");\n  all.push(`DROP DATABASE ${name}`);\n  return pool.query(all.join(";")); // @finds database\n}\n',
  ],
  [
    "TypeScript: a Map",
    "x.ts",
    'const SQL = new Map([["drop", "DROP DATABASE a"], ["list", "SELECT 1"]]);\nexport const list = (pool) => pool.query(SQL.get("list"));\nexport const drop = (pool) => pool.query(SQL.get("drop")); // @finds database\n',
  ],
  [
    "TypeScript: parts that are no statement",
    "x.ts",
    'export function go(pool, name) {\n  const parts = ["SELECT 1"];\n  parts.push("DROP DATABASE a");\n  console.log(parts.join(" "));\n}\n',
  ],
];

test.each(sources.map((each) => [...each] as const))("%s", async (_, path, source) => {
  const { found, expected } = await scanMarked({ [path]: source });
  expect(found).toEqual(expected);
});
