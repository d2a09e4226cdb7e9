import { expect, test } from "bun:test";
import { createPrefilter } from "../../src/scan/files/has-candidate.ts";
import { destructionKinds } from "../../src/destruction/kinds.ts";
import { scanFiles } from "../support/scan-files.ts";

const lines = (count: number, line: (at: number) => string, between = "\n"): string =>
  Array.from({ length: count }, (_, at) => line(at)).join(between);

/** What is written by machines, or against them: each file ends in about a second, where what is more than linear takes minutes. */
const large: readonly (readonly [name: string, path: string, source: string])[] = [
  ["a list", "a.ts", `db.query([${lines(10_000, (at) => `"DROP DATABASE a${at}"`, ", ")}]);`],
  ["a chain of calls", "a.ts", `db${lines(3000, (at) => `.arg("DROP DATABASE a${at}")`, "")};`],
  ["a sum in Java", "A.java", `class A { String q = "DROP DATABASE a"${" + x".repeat(8000)}; }`],
  ["a sum in Ruby", "a.rb", `q = "DROP DATABASE a"${" + x".repeat(8000)}\ndb.execute(q)`],
  ["a sum in PHP", "a.php", `<?php $db->exec("DROP DATABASE a"${" . $x".repeat(8000)});`],
  ["names in a row", "a.py", lines(2000, (at) => `q${at + 1} = q${at}`) + '\nq0 = "DROP DATABASE a"\n'],
  [
    "branches",
    "a.py",
    lines(2000, (at) => `if x == ${at}:\n    q = "DROP DATABASE a${at}"`) + "\ndb.execute(q)",
  ],
  [
    "functions in a ring",
    "a.py",
    `${lines(3000, (at) => `def f${at}(db, q):\n    f${(at + 1) % 3000}(db, q)`)}\nf0(db, "DROP DATABASE a")`,
  ],
  [
    "functions that call one another",
    "a.go",
    `package a\n${lines(150, (at) => `func f${at}(q string) {\n${lines(100, (to) => `f${(at + to) % 150}(q)`)}\n}`)}\nfunc Go() { f0("DROP DATABASE a") }`,
  ],
  [
    "a tower of classes",
    "a.py",
    `class C0:\n    def drop(self, db): db.execute("DROP DATABASE a")\n${lines(1500, (at) => `class C${at + 1}(C${at}):\n    def go(self, db): self.drop(db)`)}`,
  ],
  [
    "classes that inherit twice",
    "a.py",
    `${lines(60, (at) => `class A${at}(A${at + 1}, B${at + 1}):\n    def go(self, db): self.drop(db)\nclass B${at}(A${at + 1}, B${at + 1}): pass`)}\nclass Z:\n    def drop(self, db): db.execute("DROP DATABASE a")`,
  ],
  [
    "imports",
    "a.py",
    `${lines(8000, (at) => `from m${at} import f${at}`)}\n${lines(500, (at) => `f${at}.drop("DROP DATABASE a", f${at})`)}`,
  ],
  ["entries", "a.py", `o = {${lines(5000, (at) => `"k${at}": "DROP DATABASE a${at}",`)}}\ndb.execute(o[x])`],
  [
    "allowances",
    "a.ts",
    `${"// custody-allow: x until 2027-01-31\n".repeat(10_000)}db.query("DROP DATABASE a");`,
  ],
  ["functions of a shell", "a.sh", lines(1500, (at) => `f${at}() { f${(at + 1) % 1500}; dropdb a${at}; }`)],
  ["substitutions", "a.sh", `dropdb ${"$(echo ".repeat(1000)}a${")".repeat(1000)}`],
  [
    "a billion laughs",
    "a.yaml",
    `a: &a0 {run: dropdb a}\n${lines(40, (at) => `b${at}: &a${at + 1} [*a${at}, *a${at}, *a${at}]`)}`,
  ],
  [
    "JSON",
    "a.json",
    `{"scripts": {"x": "dropdb a"}, "rows": [${lines(40_000, (at) => `{"id": ${at}}`, ",")}]}`,
  ],
  [
    "recursive make",
    "Makefile",
    `${lines(100, (at) => `A${at} = $(A${at + 1}) $(A${(at + 2) % 100})`)}\nall:\n\tdropdb $(A0)`,
  ],
  ["statements", "a.sql", lines(5000, (at) => `DROP DATABASE a${at};`)],
];

test.each(large)(
  "%s in %s",
  async (_, path, source) => {
    const from = performance.now();
    const { unparsed } = await scanFiles({ [path]: source });
    // Other work on the machine may take it four times as long.
    expect([performance.now() - from < 8000, unparsed]).toEqual([true, []]);
  },
  { timeout: 30_000 },
);

const carried =
  "a.sh a.sql a.yaml a.json a.tf a.toml pom.xml a.properties a.bat a.ps1 Makefile justfile Dockerfile crontab Procfile Jenkinsfile a.service init.sql.j2".split(
    " ",
  );
const parts = [
  "\n",
  " ",
  "(",
  "{{",
  "{#",
  "<%",
  "<#",
  '"',
  "\\'",
  '\\"',
  "$(",
  "${",
  "/*",
  "--",
  "<",
  "#",
  "-",
  "= [",
  "a ",
];

test.each(carried)(
  "%s of one thing over and over",
  async (path) => {
    for (const part of parts) {
      const from = performance.now();
      await scanFiles({ [path]: `dropdb a\n${part.repeat(20_000 / part.length)}` });
      expect([part, performance.now() - from < 4000]).toEqual([part, true]);
    }
  },
  { timeout: 60_000 },
);

test("the prefilter reads a mebibyte of any of its words in about a second", () => {
  const mayDestroy = createPrefilter(new Set(destructionKinds));
  for (const part of [
    "kafka-",
    "confluent kafka",
    "find ",
    "pgdata find ",
    "purge",
    "rm_",
    "volume ",
    "drop (",
  ]) {
    const from = performance.now();
    mayDestroy(Buffer.from(part.repeat((1 << 20) / part.length)));
    expect([part, performance.now() - from < 4000]).toEqual([part, true]);
  }
});
