import type { ExampleFiles, ExampleLanguage } from "../rule.ts";
import type { StatementExample } from "./sql-statements.ts";

interface Script {
  readonly language: ExampleLanguage;
  readonly path: string;
  /** A file that runs this SQL. */
  readonly runs: (sql: string) => string;
  /** A file that runs `harmless` and only speaks of `sql`. */
  readonly speaks: (sql: string, harmless: string) => string;
}

const workflow = (command: string): string =>
  `name: clean\non: workflow_dispatch\njobs:\n  clean:\n    runs-on: ubuntu-latest\n    steps:\n      - run: ${command}\n`;
const packageJson = (command: string): string =>
  `${JSON.stringify({ name: "shop", private: true, scripts: { clean: command } }, null, 2)}\n`;
const terraform = (command: string): string =>
  `resource "null_resource" "clean" {\n  provisioner "local-exec" {\n    command = ${JSON.stringify(command)}\n  }\n}\n`;
const psql = (sql: string): string => `psql "$DATABASE_URL" -c "${sql}"`;
const says = (sql: string): string => `echo "never: ${sql}"`;

const scripts: readonly Script[] = [
  {
    language: "sql",
    path: "db/clean.sql",
    runs: (sql) => `BEGIN;\n${sql};\nCOMMIT;\n`,
    speaks: (sql, harmless) => `-- ${sql};\n${harmless};\nSELECT '${sql.replaceAll("'", "''")}' AS never;\n`,
  },
  {
    language: "shell",
    path: "bin/clean.sh",
    runs: (sql) => `#!/bin/sh\nset -eu\n${psql(sql)}\n`,
    speaks: (sql, harmless) => `#!/bin/sh\nset -eu\n${says(sql)}\n${psql(harmless)}\n`,
  },
  {
    language: "dockerfile",
    path: "Dockerfile",
    runs: (sql) => `FROM postgres:17\nRUN ${psql(sql)}\n`,
    speaks: (sql, harmless) => `FROM postgres:17\n# ${sql}\nRUN ${says(sql)} && ${psql(harmless)}\n`,
  },
  {
    language: "makefile",
    path: "Makefile",
    runs: (sql) => `clean:\n\t${psql(sql).replace("$DATABASE_URL", "$(DATABASE_URL)")}\n`,
    speaks: (sql, harmless) =>
      `clean:\n\t@${says(sql)}\n\t${psql(harmless).replace("$DATABASE_URL", "$(DATABASE_URL)")}\n`,
  },
  {
    language: "yaml",
    path: ".github/workflows/clean.yml",
    runs: (sql) => workflow(psql(sql)),
    speaks: (sql, harmless) => workflow(`${says(sql).replace(": ", " ")} && ${psql(harmless)}`),
  },
  {
    language: "json",
    path: "package.json",
    runs: (sql) => packageJson(psql(sql)),
    speaks: (sql, harmless) => packageJson(`${says(sql)} && ${psql(harmless)}`),
  },
  {
    language: "terraform",
    path: "clean.tf",
    runs: (sql) => terraform(psql(sql)),
    speaks: (sql, harmless) => terraform(`${says(sql)} && ${psql(harmless)}`),
  },
];

/** The example of a statement in SQL itself and in all that hands SQL to a client. */
export function sqlInScripts({ before, after, harmless }: StatementExample): readonly {
  readonly language: ExampleLanguage;
  readonly violation: ExampleFiles;
  readonly lookAlike: ExampleFiles;
}[] {
  const sql = `${before}tenant_7${after}`;
  const other = `${harmless.before}tenant_7${harmless.after}`;
  return scripts.map(({ language, path, runs, speaks }) => ({
    language,
    violation: { [path]: runs(sql) },
    lookAlike: { [path]: speaks(sql, other) },
  }));
}
