import { expect, test } from "bun:test";
import { scanFiles } from "../../support/scan-files.ts";

/** Statements that set a name from itself: each doubles the ways in which it may have come about. */
const doubling: readonly (readonly [language: string, line: string])[] = [
  ["ts", "q = q.run();"],
  ["ts", "q = q.arg(q);"],
  ["ts", "q = q + q;"],
  ["ts", "q = `${q} ${q}`;"],
  ["ts", 'q = [q, q].join(" ");'],
  ["ts", "q = isNew ? q : q + q;"],
  ["ts", 'q = q.replace("a", q);'],
  ["ts", "q = f(q, q);"],
  ["ts", "o.q = o.q + o.q; q = o.q;"],
  ["ts", "q = [...q, ...q]; o = { ...o, ...o };"],
  ["py", "q = q.execute()"],
  ["py", "q = q.format(q, q)"],
  ["py", 'q = f"{q} {q}"'],
  ["py", "q = q % (q, q)"],
  ["py", "q += q"],
  ["go", "q = q.Run()"],
  ["go", 'q = fmt.Sprintf("%s %s", q, q)'],
  ["go", "q = append(q, q...)"],
  ["rb", "q = q.run"],
  ["rb", 'q = "#{q} #{q}"'],
  ["rb", "q << q"],
  ["php", "$q = $q->run();"],
  ["php", "$q .= $q;"],
  ["java", "q = q.run();"],
  ["java", "q = String.format(q, q, q);"],
  ["cs", "q = q.Run();"],
  ["cs", 'q = $"{q} {q}";'],
  ["rs", "q = q.arg(q).run();"],
  ["rs", 'q = format!("{} {}", q, q);'],
  ["sh", 'q="$q $q"'],
];

const wrapped: Readonly<Record<string, (lines: string) => string>> = {
  ts: (lines) =>
    `export function go(client: Client, o: Options) {\n  let q = "DROP DATABASE a";\n${lines}\n  return client.query(q);\n}\nfunction f(a: string, b: string) { return g(a, b) + g(b, a); }\nfunction g(a: string, b: string) { return f(a, b) + f(b, a); }\n`,
  py: (lines) =>
    `def go(cursor):\n    q = "DROP DATABASE a"\n${lines.replaceAll(/^ */gm, "    ")}\n    cursor.execute(q)\n`,
  go: (lines) => `package a\n\nfunc Go(db *sql.DB) {\n\tq := "DROP DATABASE a"\n${lines}\n\tdb.Exec(q)\n}\n`,
  rb: (lines) => `def go(connection)\n  q = "DROP DATABASE a"\n${lines}\n  connection.execute(q)\nend\n`,
  php: (lines) => `<?php\nfunction go($pdo) {\n  $q = "DROP DATABASE a";\n${lines}\n  $pdo->exec($q);\n}\n`,
  java: (lines) =>
    `class A {\n  void go(Statement s) throws Exception {\n    String q = "DROP DATABASE a";\n${lines}\n    s.execute(q);\n  }\n}\n`,
  cs: (lines) =>
    `class A {\n  void Go(DbCommand c) {\n    var q = "DROP DATABASE a";\n${lines}\n    c.CommandText = q;\n    c.ExecuteNonQuery();\n  }\n}\n`,
  rs: (lines) =>
    `fn go(client: &mut Client) {\n    let mut q = "DROP DATABASE a".to_string();\n${lines}\n    client.execute(&q, &[]);\n}\n`,
  sh: (lines) => `#!/bin/sh\nq="DROP DATABASE a"\n${lines}\npsql -c "$q"\n`,
};

test.each(doubling)(
  "%s: eighty times %s",
  async (language, line) => {
    const source = wrapped[language]?.(Array.from({ length: 80 }, () => `  ${line}`).join("\n")) ?? "";
    const { findings } = await scanFiles({ [`a.${language}`]: source });
    // What comes of it may be anything; that it ends is the test.
    expect(findings.length).toBeLessThan(200);
  },
  { timeout: 20_000 },
);

test.each(["shop", "role", "drop_database"])(
  "a long text that names the constant %s eighty times is followed to its end",
  async (schema) => {
    const inserts = Array.from({ length: 80 }, (_, at) => `INSERT INTO \${S}.t VALUES (${at}, 'and more');`);
    const text = `${inserts.join("\n")}\nDROP DATABASE shop;`;
    const source = `const S = "${schema}";\nexport const go = (db: Client) => db.query(\`${text}\`);\n`;
    const { findings } = await scanFiles({ "a.ts": source });
    expect(findings.map(({ rule, line }) => [rule, line])).toEqual([["database", 2]]);
  },
);

test(
  "three names that are set from one another, three hundred times each",
  async () => {
    const source = wrapped["ts"]?.("  a = q + c; q = c + a; c = a + q;\n".repeat(300)) ?? "";
    expect((await scanFiles({ "a.ts": source })).findings.length).toBeLessThan(200);
  },
  { timeout: 20_000 },
);
