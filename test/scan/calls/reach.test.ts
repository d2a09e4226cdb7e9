import { describe, expect, test } from "bun:test";
import type { AnalysisPolicy } from "../../../src/scan/analyse.ts";
import type { ExampleFiles } from "../../../src/scan/rules/rule.ts";
import { scanFiles } from "../../support/scan-files.ts";

const chokepoint = ["guardedDrop"];

/** What is told of Go code behind a chokepoint: the rule, and the way with how sure each step is. */
async function told(code: string, policy: Partial<AnalysisPolicy> = {}): Promise<readonly string[]> {
  const guard = "package x\n\nfunc guardedDrop(fn func() error) error { return fn() }\n";
  return toldOf({ "guard.go": guard, "x.go": `package x\n\n${code}` }, policy);
}

async function toldOf(files: ExampleFiles, policy: Partial<AnalysisPolicy> = {}): Promise<readonly string[]> {
  const { findings } = await scanFiles(files, { chokepoint, ...policy });
  return findings.map(({ rule, call_path: steps }) =>
    [rule, ...steps.map((each) => `${each.function}:${each.edge}`)].join(" "),
  );
}

const wipe = 'func wipe() error { _, err := db.Exec("DROP DATABASE a"); return err }\n';

describe("what is handed to the chokepoint is guarded", () => {
  test.each([
    ["a function literal", `${wipe}func Go() { guardedDrop(func() error { return wipe() }) }\n`],
    ["a function by its name", `${wipe}func Go() { guardedDrop(wipe) }\n`],
    [
      "a method value",
      'type B struct{}\nfunc (b *B) wipe() error { _, err := db.Exec("DROP DATABASE a"); return err }\nfunc Go(b *B) { guardedDrop(b.wipe) }\n',
    ],
    [
      "a literal in a literal",
      `${wipe}func Go() { guardedDrop(func() error { return func() error { return wipe() }() }) }\n`,
    ],
    [
      "the statement itself in a literal",
      'func Go() { guardedDrop(func() error { _, err := db.Exec("DROP DATABASE a"); return err }) }\n',
    ],
    [
      "a chain of functions behind a literal",
      `${wipe}func two() error { return wipe() }\nfunc one() error { return two() }\nfunc Go() { guardedDrop(func() error { return one() }) }\n`,
    ],
  ])("%s", async (_, code) => {
    expect(await told(code)).toEqual([]);
    // The same code is seen to fail once something else runs what it is given.
    expect(await told(code.replaceAll("guardedDrop(", "other("))).not.toEqual([]);
  });
});

test("what the chokepoint decorates is guarded, whoever calls it", async () => {
  const files = (mark: string) => ({
    "guard.py":
      "def guardedDrop(fn):\n    def run(*args):\n        record()\n        return fn(*args)\n    return run\n",
    "x.py": `from guard import guardedDrop\n\n${mark}def wipe():\n    cursor.execute("DROP DATABASE a")\n\ndef go():\n    wipe()\n`,
  });
  expect(await toldOf(files("@guardedDrop\n"))).toEqual([]);
  expect(await toldOf(files("@retry\n"))).toHaveLength(1);
});

describe("what is reached otherwise is not", () => {
  test("a call beside the guarded one", async () => {
    expect(await told(`${wipe}func Go() { guardedDrop(wipe); wipe() }\n`)).toEqual([
      "database Go:entry wipe:exact",
    ]);
  });

  test("a call in an argument, which runs before the chokepoint does", async () => {
    expect(await told(`${wipe}func Go() { guardedDrop(keep(wipe())) }\n`)).toEqual([
      "database Go:entry wipe:exact",
    ]);
  });

  test("a cycle ends", async () => {
    const code = `${wipe}func a() { b() }\nfunc b() { a(); wipe() }\nfunc Go() { a() }\n`;
    expect(await told(code)).toEqual(["database Go:entry a:exact b:exact wipe:exact"]);
  });

  test("a cycle that nobody enters is not guarded", async () => {
    expect(await told(`${wipe}func a() { b() }\nfunc b() { a(); wipe() }\n`)).toHaveLength(1);
  });

  test("a function value that is kept in a variable", async () => {
    const code = `${wipe}var onDrop = wipe\n\nfunc Go() { onDrop() }\n`;
    const [finding, ...others] = await told(code);
    expect(others).toEqual([]);
    expect(finding).toMatch(/^database .*:(?:escaped|exact)/);
  });

  test("a function value that is kept in a map", async () => {
    const code = `${wipe}func Go(kind string) {\n\thandlers := map[string]func() error{"wipe": wipe}\n\thandlers[kind]()\n}\n`;
    expect(await told(code)).toEqual(["database Go:entry wipe:escaped"]);
  });

  test("an interface, by the type of the value", async () => {
    const code = `type Wiper interface{ Wipe() error }\ntype B struct{}\nfunc (b *B) Wipe() error { _, err := db.Exec("DROP DATABASE a"); return err }\nfunc Go(w Wiper) { w.Wipe() }\n`;
    expect(await told(code)).toEqual(["database Go:entry (*B).Wipe:by-type"]);
  });

  test("a value whose type is not known, by name alone", async () => {
    const files = {
      "guard.py": "def guardedDrop(fn):\n    return fn()\n",
      "b.py": 'class B:\n    def wipe_all(self):\n        self.cursor.execute("DROP DATABASE a")\n',
      "go.py": "def _go(thing):\n    thing.wipe_all()\n\n_go(make())\n",
    };
    const [finding] = await toldOf(files);
    expect(finding).toMatch(/^database/);
  });
});

describe("a program is entered by", () => {
  const statement = '_, _ = db.Exec("DROP DATABASE a")';
  test.each([
    ["main", `func main() { ${statement} }\n`],
    ["init", `func init() { ${statement} }\n`],
    ["an exported function that nobody calls", `func Go() { ${statement} }\n`],
    ["a method that nobody calls", `type B struct{}\nfunc (b *B) Go() { ${statement} }\n`],
  ])("%s", async (_, code) => {
    expect(await told(code)).toHaveLength(1);
  });

  test("a handler that bears a decorator, though something guarded calls it as well", async () => {
    const files = (mark: string) => ({
      "x.py": `def guardedDrop(fn):\n    return fn()\n\n${mark}def wipe():\n    cursor.execute("DROP DATABASE a")\n\ndef go():\n    guardedDrop(wipe)\n`,
    });
    expect(await toldOf(files("@app.route('/wipe')\n"))).toEqual(["database"]);
    expect(await toldOf(files(""))).toEqual([]);
  });

  test("what the policy names as a root, though something guarded calls it as well", async () => {
    const code = `${wipe}func Go() { guardedDrop(wipe) }\n`;
    expect(await told(code)).toEqual([]);
    expect(await told(code, { roots: ["wipe"] })).toHaveLength(1);
  });
});

describe("a sanctioned function", () => {
  const code = `${wipe}func Go() error { return wipe() }\n`;
  test("that is entered around the chokepoint is a bypass", async () => {
    expect(await told(code, { sanctioned: ["wipe"] })).toEqual(["bypass Go:entry wipe:exact"]);
  });

  test("allows what only it calls, where there is no chokepoint", async () => {
    const helped = `${wipe}func drop() error { return wipe() }\n`;
    expect(await told(helped, { sanctioned: ["drop"], chokepoint: [] })).toEqual([]);
    const beside = `${helped}func Go() { wipe() }\n`;
    expect(await told(beside, { sanctioned: ["drop"], chokepoint: [] })).toContain("database");
  });

  test("is no bypass where there is no chokepoint", async () => {
    expect(await told(code, { sanctioned: ["wipe"], chokepoint: [] })).toEqual([]);
  });

  test("is no bypass when it calls itself or another sanctioned one", async () => {
    const both = `${wipe}func drop() error { if again { return drop() }; return wipe() }\nfunc Go() { guardedDrop(drop) }\n`;
    expect(await told(both, { sanctioned: ["wipe", "drop"] })).toEqual([]);
  });
});
