import type { ExampleLanguage } from "../rule.ts";

/** The parts of a program with a chokepoint, in one language. Put together they are one file. */
export interface ChokepointParts {
  readonly language: ExampleLanguage;
  readonly path: string;
  /** A second file, for a second definition. */
  readonly other: string;
  /** How the language spells `guardedDrop` and `dropDatabase`. */
  readonly guardName: string;
  readonly dropName: string;
  readonly head: string;
  readonly guard: string;
  readonly drop: string;
  /** The same function when it drops nothing any more. */
  readonly harmless: string;
  /** Drops through the chokepoint. */
  readonly through: string;
  /** Drops past it. */
  readonly around: string;
  readonly tail: string;
}

export const chokepointParts: readonly ChokepointParts[] = [
  {
    language: "go",
    path: "tenants/tenants.go",
    other: "billing/billing.go",
    guardName: "guardedDrop",
    dropName: "dropDatabase",
    head: 'package tenants\n\nimport (\n\t"context"\n\t"database/sql"\n)\n',
    guard:
      "\nfunc guardedDrop(ctx context.Context, name string, fn func() error) error {\n\tif err := record(ctx, name); err != nil {\n\t\treturn err\n\t}\n\treturn fn()\n}\n",
    drop: '\nfunc dropDatabase(ctx context.Context, db *sql.DB, name string) error {\n\t_, err := db.ExecContext(ctx, "DROP DATABASE "+name)\n\treturn err\n}\n',
    harmless:
      '\nfunc dropDatabase(ctx context.Context, db *sql.DB, name string) error {\n\t_, err := db.ExecContext(ctx, "SELECT forget($1)", name)\n\treturn err\n}\n',
    through:
      "\nfunc Deprovision(ctx context.Context, db *sql.DB, name string) error {\n\treturn guardedDrop(ctx, name, func() error {\n\t\treturn dropDatabase(ctx, db, name)\n\t})\n}\n",
    around:
      "\nfunc Reap(ctx context.Context, db *sql.DB, names []string) error {\n\tfor _, name := range names {\n\t\tif err := dropDatabase(ctx, db, name); err != nil {\n\t\t\treturn err\n\t\t}\n\t}\n\treturn nil\n}\n",
    tail: "",
  },
  {
    language: "typescript",
    path: "tenants/tenants.ts",
    other: "billing/billing.ts",
    guardName: "guardedDrop",
    dropName: "dropDatabase",
    head: 'import { pool, record } from "./pool.js";\n',
    guard:
      "\nexport async function guardedDrop(name: string, fn: () => Promise<void>): Promise<void> {\n  await record(name);\n  await fn();\n}\n",
    drop: "\nasync function dropDatabase(name: string): Promise<void> {\n  await pool.query(`DROP DATABASE ${name}`);\n}\n",
    harmless:
      '\nasync function dropDatabase(name: string): Promise<void> {\n  await pool.query("SELECT forget($1)", [name]);\n}\n',
    through:
      "\nexport async function deprovision(name: string): Promise<void> {\n  await guardedDrop(name, () => dropDatabase(name));\n}\n",
    around:
      "\nexport async function reap(names: readonly string[]): Promise<void> {\n  for (const name of names) await dropDatabase(name);\n}\n",
    tail: "",
  },
  {
    language: "javascript",
    path: "tenants/tenants.js",
    other: "billing/billing.js",
    guardName: "guardedDrop",
    dropName: "dropDatabase",
    head: 'import { pool, record } from "./pool.js";\n',
    guard: "\nexport async function guardedDrop(name, fn) {\n  await record(name);\n  await fn();\n}\n",
    drop: "\nasync function dropDatabase(name) {\n  await pool.query(`DROP DATABASE ${name}`);\n}\n",
    harmless: '\nasync function dropDatabase(name) {\n  await pool.query("SELECT forget($1)", [name]);\n}\n',
    through:
      "\nexport async function deprovision(name) {\n  await guardedDrop(name, () => dropDatabase(name));\n}\n",
    around:
      "\nexport async function reap(names) {\n  for (const name of names) await dropDatabase(name);\n}\n",
    tail: "",
  },
  {
    language: "python",
    path: "tenants/tenants.py",
    other: "billing/billing.py",
    guardName: "guarded_drop",
    dropName: "drop_database",
    head: "from .pool import pool, record\n",
    guard: "\n\ndef guarded_drop(name, fn):\n    record(name)\n    return fn()\n",
    drop: '\n\ndef drop_database(name):\n    with pool.cursor() as cursor:\n        cursor.execute(f"DROP DATABASE {name}")\n',
    harmless:
      '\n\ndef drop_database(name):\n    with pool.cursor() as cursor:\n        cursor.execute("SELECT forget(%s)", (name,))\n',
    through: "\n\ndef deprovision(name):\n    guarded_drop(name, lambda: drop_database(name))\n",
    around: "\n\ndef reap(names):\n    for name in names:\n        drop_database(name)\n",
    tail: "",
  },
  {
    language: "java",
    path: "tenants/Tenants.java",
    other: "billing/Billing.java",
    guardName: "guardedDrop",
    dropName: "dropDatabase",
    head: "package shop;\n\nimport java.sql.SQLException;\nimport java.sql.Statement;\nimport java.util.List;\nimport java.util.concurrent.Callable;\n\npublic class Tenants {\n  private final Statement statement;\n",
    guard:
      "\n  <T> T guardedDrop(String name, Callable<T> fn) throws Exception {\n    Audit.record(name);\n    return fn.call();\n  }\n",
    drop: '\n  private boolean dropDatabase(String name) throws SQLException {\n    return statement.execute("DROP DATABASE " + name);\n  }\n',
    harmless:
      '\n  private boolean dropDatabase(String name) throws SQLException {\n    return statement.execute("SELECT forget_all()");\n  }\n',
    through:
      "\n  public void deprovision(String name) throws Exception {\n    guardedDrop(name, () -> dropDatabase(name));\n  }\n",
    around:
      "\n  public void reap(List<String> names) throws SQLException {\n    for (String name : names) {\n      dropDatabase(name);\n    }\n  }\n",
    tail: "}\n",
  },
  {
    language: "ruby",
    path: "tenants/tenants.rb",
    other: "billing/billing.rb",
    guardName: "guarded_drop",
    dropName: "drop_database",
    head: "",
    guard: "def guarded_drop(name)\n  record(name)\n  yield\nend\n",
    drop: '\ndef drop_database(name)\n  ActiveRecord::Base.connection.execute("DROP DATABASE #{name}")\nend\n',
    harmless:
      '\ndef drop_database(name)\n  ActiveRecord::Base.connection.execute("SELECT forget_all()")\nend\n',
    through: "\ndef deprovision(name)\n  guarded_drop(name) { drop_database(name) }\nend\n",
    around: "\ndef reap(names)\n  names.each { |name| drop_database(name) }\nend\n",
    tail: "",
  },
  {
    language: "php",
    path: "tenants/tenants.php",
    other: "billing/billing.php",
    guardName: "guardedDrop",
    dropName: "dropDatabase",
    head: "<?php\n",
    guard: "\nfunction guardedDrop(string $name, callable $fn): void\n{\n    record($name);\n    $fn();\n}\n",
    drop: '\nfunction dropDatabase(PDO $db, string $name): void\n{\n    $db->exec("DROP DATABASE " . $name);\n}\n',
    harmless:
      '\nfunction dropDatabase(PDO $db, string $name): void\n{\n    $db->exec("SELECT forget_all()");\n}\n',
    through:
      "\nfunction deprovision(PDO $db, string $name): void\n{\n    guardedDrop($name, fn() => dropDatabase($db, $name));\n}\n",
    around:
      "\nfunction reap(PDO $db, array $names): void\n{\n    foreach ($names as $name) {\n        dropDatabase($db, $name);\n    }\n}\n",
    tail: "",
  },
  {
    language: "rust",
    path: "tenants/tenants.rs",
    other: "billing/billing.rs",
    guardName: "guarded_drop",
    dropName: "drop_database",
    head: "use postgres::{Client, Error};\n",
    guard:
      "\npub fn guarded_drop<F: FnOnce() -> Result<(), Error>>(name: &str, f: F) -> Result<(), Error> {\n    record(name);\n    f()\n}\n",
    drop: '\nfn drop_database(client: &mut Client, name: &str) -> Result<(), Error> {\n    client.batch_execute(&format!("DROP DATABASE {name}"))\n}\n',
    harmless:
      "\nfn drop_database(client: &mut Client, name: &str) -> Result<(), Error> {\n    client.batch_execute(&format!(\"SELECT forget('{name}')\"))\n}\n",
    through:
      "\npub fn deprovision(client: &mut Client, name: &str) -> Result<(), Error> {\n    guarded_drop(name, || drop_database(client, name))\n}\n",
    around:
      "\npub fn reap(client: &mut Client, names: &[String]) -> Result<(), Error> {\n    for name in names {\n        drop_database(client, name)?;\n    }\n    Ok(())\n}\n",
    tail: "",
  },
  {
    language: "csharp",
    path: "tenants/Tenants.cs",
    other: "billing/Billing.cs",
    guardName: "GuardedDrop",
    dropName: "DropDatabase",
    head: "using System;\nusing System.Collections.Generic;\nusing Npgsql;\n\nnamespace Shop;\n\npublic class Tenants(NpgsqlConnection connection)\n{\n",
    guard:
      "    internal void GuardedDrop(string name, Action fn)\n    {\n        Audit.Record(name);\n        fn();\n    }\n",
    drop: '\n    private void DropDatabase(string name)\n    {\n        using var command = new NpgsqlCommand($"DROP DATABASE {name}", connection);\n        command.ExecuteNonQuery();\n    }\n',
    harmless:
      '\n    private void DropDatabase(string name)\n    {\n        using var command = new NpgsqlCommand("SELECT forget_all()", connection);\n        command.ExecuteNonQuery();\n    }\n',
    through: "\n    public void Deprovision(string name) => GuardedDrop(name, () => DropDatabase(name));\n",
    around:
      "\n    public void Reap(IEnumerable<string> names)\n    {\n        foreach (var name in names)\n        {\n            DropDatabase(name);\n        }\n    }\n",
    tail: "}\n",
  },
];
