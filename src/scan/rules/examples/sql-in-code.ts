import type { ExampleFiles, ExampleLanguage } from "../rule.ts";
import { camel, pascal, snake } from "./spell.ts";
import type { StatementExample } from "./sql-statements.ts";

type Text = Pick<StatementExample, "before" | "after">;

/** How one language runs a statement with a name in it, and how it only speaks of one. */
interface Wrapper {
  readonly language: ExampleLanguage;
  readonly path: (name: string) => string;
  readonly runs: (name: string, text: Text) => string;
  /** A whole file in which `harmless` is run, and the words of `text` are an error's. */
  readonly speaks: (name: string, text: Text, harmless: Text) => string;
}

/** `"before" + name + "after"`, without an empty end. */
function joined({ before, after }: Text, quote: string, name: string, plus = " + "): string {
  return [`${quote}${before}${quote}`, name, ...(after === "" ? [] : [`${quote}${after}${quote}`])].join(
    plus,
  );
}

const goHead = (imports: string): string =>
  `package tenants\n\nimport (\n\t"context"\n\t"database/sql"\n${imports})\n`;
const goRun = (name: string, text: Text): string =>
  `\nfunc ${camel(name)}(ctx context.Context, db *sql.DB, name string) error {\n\t_, err := db.ExecContext(ctx, ${joined(text, '"', "name", "+")})\n\treturn err\n}\n`;

const tsRun = (name: string, { before, after }: Text, type: string): string =>
  `import { pool } from "./pool.js";\n\nexport async function ${camel(name)}(name${type}) {\n  await pool.query(\`${before}\${name}${after}\`);\n}\n`;
const tsSpeak = (text: Text, type: string): string =>
  `\nexport function refuse(name${type}) {\n  throw new Error("refused: ${text.before}" + name);\n}\n`;

const javaClass = (body: string): string =>
  `package shop.tenants;\n\nimport java.sql.Connection;\nimport java.sql.SQLException;\nimport java.sql.Statement;\n\nclass Tenants {\n${body}}\n`;
const javaRun = (name: string, text: Text): string =>
  `  void ${camel(name)}(Connection connection, String name) throws SQLException {\n    try (Statement statement = connection.createStatement()) {\n      statement.execute(${joined(text, '"', "name")});\n    }\n  }\n`;

const csharpClass = (body: string): string =>
  `using System;\nusing System.Threading.Tasks;\nusing Npgsql;\n\nnamespace Shop.Tenants;\n\npublic class Tenants(NpgsqlConnection connection)\n{\n${body}}\n`;
const csharpRun = (name: string, { before, after }: Text): string =>
  `    public async Task ${pascal(name)}(string name)\n    {\n        await using var command = new NpgsqlCommand($"${before}{name}${after}", connection);\n        await command.ExecuteNonQueryAsync();\n    }\n`;

const rustHead = "use sqlx::PgPool;\n";
const rustRun = (name: string, { before, after }: Text): string =>
  `\npub async fn ${snake(name)}(pool: &PgPool, name: &str) -> Result<(), sqlx::Error> {\n    let statement = format!("${before}{name}${after}");\n    sqlx::query(&statement).execute(pool).await?;\n    Ok(())\n}\n`;

const pythonRun = (name: string, { before, after }: Text): string =>
  `def ${snake(name)}(connection, name):\n    with connection.cursor() as cursor:\n        cursor.execute(f"${before}{name}${after}")\n`;

const rubyRun = (name: string, { before, after }: Text): string =>
  `def ${snake(name)}(name)\n  ActiveRecord::Base.connection.execute("${before}#{name}${after}")\nend\n`;

const phpRun = (name: string, text: Text): string =>
  `<?php\n\nfunction ${camel(name)}(PDO $db, string $name): void\n{\n    $db->exec(${joined(text, '"', "$name", " . ")});\n}\n`;

const wrappers: readonly Wrapper[] = [
  {
    language: "go",
    path: (name) => `tenants/${snake(name)}.go`,
    runs: (name, text) => `${goHead("")}${goRun(name, text)}`,
    speaks: (name, text, harmless) =>
      `${goHead('\t"fmt"\n')}${goRun(name, harmless)}\nfunc refuse(name string) error {\n\treturn fmt.Errorf("refused: ${text.before}%s", name)\n}\n`,
  },
  {
    language: "typescript",
    path: (name) => `tenants/${name.replaceAll(" ", "-")}.ts`,
    runs: (name, text) => tsRun(name, text, ": string"),
    speaks: (name, text, harmless) => tsRun(name, harmless, ": string") + tsSpeak(text, ": string"),
  },
  {
    language: "javascript",
    path: (name) => `tenants/${name.replaceAll(" ", "-")}.js`,
    runs: (name, text) => tsRun(name, text, ""),
    speaks: (name, text, harmless) => tsRun(name, harmless, "") + tsSpeak(text, ""),
  },
  {
    language: "python",
    path: (name) => `tenants/${snake(name)}.py`,
    runs: pythonRun,
    speaks: (name, text, harmless) =>
      `import logging\n\nlogger = logging.getLogger(__name__)\n\n\n${pythonRun(name, harmless)}\n\ndef refuse(name):\n    logger.warning("refused: ${text.before}%s", name)\n`,
  },
  {
    language: "java",
    path: () => "tenants/Tenants.java",
    runs: (name, text) => javaClass(javaRun(name, text)),
    speaks: (name, text, harmless) =>
      javaClass(
        `${javaRun(name, harmless)}\n  void refuse(String name) {\n    throw new IllegalStateException("refused: ${text.before}" + name);\n  }\n`,
      ),
  },
  {
    language: "ruby",
    path: (name) => `tenants/${snake(name)}.rb`,
    runs: rubyRun,
    speaks: (name, text, harmless) =>
      `${rubyRun(name, harmless)}\ndef refuse(name)\n  raise ArgumentError, "refused: ${text.before}#{name}"\nend\n`,
  },
  {
    language: "php",
    path: (name) => `tenants/${snake(name)}.php`,
    runs: phpRun,
    speaks: (name, text, harmless) =>
      `${phpRun(name, harmless)}\nfunction refuse(string $name): void\n{\n    throw new RuntimeException("refused: ${text.before}" . $name);\n}\n`,
  },
  {
    language: "rust",
    path: (name) => `tenants/${snake(name)}.rs`,
    runs: (name, text) => `${rustHead}${rustRun(name, text)}`,
    speaks: (name, text, harmless) =>
      `${rustHead}${rustRun(name, harmless)}\npub fn refuse(name: &str) {\n    log::warn!("refused: ${text.before}{name}");\n}\n`,
  },
  {
    language: "csharp",
    path: () => "tenants/Tenants.cs",
    runs: (name, text) => csharpClass(csharpRun(name, text)),
    speaks: (name, text, harmless) =>
      csharpClass(
        `${csharpRun(name, harmless)}\n    public static void Refuse(string name) =>\n        throw new InvalidOperationException("refused: ${text.before}" + name);\n`,
      ),
  },
];

/** The example of a statement in every language of programs. */
export function sqlInCode({ does, harmless, ...text }: StatementExample): readonly {
  readonly language: ExampleLanguage;
  readonly violation: ExampleFiles;
  readonly lookAlike: ExampleFiles;
}[] {
  return wrappers.map(({ language, path, runs, speaks }) => ({
    language,
    violation: { [path(does)]: runs(does, text) },
    lookAlike: { [path(does)]: speaks(does, text, harmless) },
  }));
}
