import { describe, expect, test } from "bun:test";
import { scanFiles } from "../../support/scan-files.ts";

const go = {
  "internal/drops/guard.go":
    'package drops\n\ntype Backend struct{}\n\nfunc guardedDrop(fn func() error) error { return fn() }\n\nfunc (b *Backend) Deprovision(db *sql.DB) error {\n\t_, err := db.Exec("DROP DATABASE a")\n\treturn err\n}\n\nfunc wipe(db *sql.DB) { db.Exec("DROP ROLE a") }\n\nfunc Go(b *Backend, db *sql.DB) error {\n\twipe(db)\n\treturn guardedDrop(func() error { return b.Deprovision(db) })\n}\n',
};

const python = {
  "shop/drops.py":
    'class Backend:\n    def deprovision(self, cursor):\n        cursor.execute("DROP DATABASE a")\n\ndef guarded_drop(fn):\n    return fn()\n',
};

async function sanctionedBy(
  files: Readonly<Record<string, string>>,
  entry: string,
): Promise<readonly string[]> {
  const { sanctioned } = await scanFiles(files, { sanctioned: [entry] });
  return sanctioned.map((each) => each.function);
}

describe("a name of the policy names a function", () => {
  const method = "(*Backend).Deprovision";
  test.each([
    ["Deprovision", [method]],
    ["(*Backend).Deprovision", [method]],
    ["Backend.Deprovision", [method]],
    ["(*Backend[T]).Deprovision", [method]],
    ["drops.Backend.Deprovision", [method]],
    ["drops.wipe", ["wipe"]],
    ["internal/drops/guard.go#wipe", ["wipe"]],
    ["guard.go#wipe", ["wipe"]],
    ["guard.go#(*Backend).Deprovision", [method]],
    ["guard.go#Deprovision", [method]],
    ["uard.go#wipe", []],
    ["other.go#wipe", []],
    ["other.wipe", []],
    ["(*Other).Deprovision", []],
    ["deprovision", []],
    ["Dep", []],
  ])("%s, in Go: %j", async (entry, names) => {
    expect(await sanctionedBy(go, entry)).toEqual(names);
  });

  test.each([
    ["Backend.deprovision", 1],
    ["deprovision", 1],
    ["shop.drops.Backend.deprovision", 1],
    ["shop/drops.py#Backend.deprovision", 1],
    ["Other.deprovision", 0],
  ])("%s, in Python: %d", async (entry, count) => {
    expect(await sanctionedBy(python, entry)).toHaveLength(count);
  });
});

const ruby = {
  "lib/drops.rb":
    'module Shop\n  class Backend\n    def deprovision(name)\n      @conn.exec("DROP DATABASE a")\n    end\n  end\nend\n',
};

test.each([
  ["Shop::Backend#deprovision", 1],
  ["Backend#deprovision", 1],
  ["lib/drops.rb#deprovision", 1],
  ["lib/drops.rb#Backend.deprovision", 1],
  ["Other#deprovision", 0],
  ["Shop#deprovision", 0],
])("%s, in Ruby: %d", async (entry, count) => {
  expect(await sanctionedBy(ruby, entry)).toHaveLength(count);
});

test.each([
  "guardedDrop",
  "drops.guardedDrop",
  "internal/drops/guard.go#guardedDrop",
  "guard.go#guardedDrop",
])("%s as the chokepoint guards the function literal that it is given", async (chokepoint) => {
  const { findings } = await scanFiles(go, { chokepoint: [chokepoint] });
  expect(findings.map(({ rule, function: name }) => `${rule} ${name}`)).toEqual(["role wipe"]);
});

test("a name that no function bears is told", async () => {
  const { findings, notes } = await scanFiles(go, {
    chokepoint: ["guardedDrop"],
    sanctioned: ["wipe", "Unwritten"],
    roots: ["Neither"],
  });
  expect(findings.filter(({ rule }) => rule === "chokepoint-ambiguous")).toEqual([]);
  expect(notes).toEqual([
    "scan.sanctioned names Unwritten, which no function of this tree bears",
    "scan.roots names Neither, which no function of this tree bears",
  ]);
});

describe("a function that a file gives on is named by that file, too", () => {
  const wipe = 'export async function wipe(pool) {\n  await pool.query("DROP DATABASE a");\n}\n';
  const guard = "export async function guarded(run) {\n  await run();\n}\n";
  const script = {
    "lib/guard.ts": guard,
    "lib/index.ts": 'export { guarded as safely } from "./guard";\n',
    "drops.ts": wipe,
    "go.ts":
      'import { safely } from "./lib";\nimport { wipe } from "./drops";\nexport const go = (pool) => safely(() => wipe(pool));\n',
  };
  const pythonPackage = {
    "app/guard.py": "def guarded(fn):\n    return fn()\n",
    "app/__init__.py": "from .guard import guarded\n",
    "app/drops.py": 'def wipe(cursor):\n    cursor.execute("DROP DATABASE a")\n',
    "app/go.py":
      "from app import guarded\nfrom .drops import wipe\n\ndef go(cursor):\n    guarded(lambda: wipe(cursor))\n",
  };
  const goModule = {
    "go.mod": "module example.com/shop\n",
    "guard/guard.go": "package guard\n\nfunc Guarded(fn func() error) error { return fn() }\n",
    "drops/drops.go":
      'package drops\n\nfunc Wipe(db *sql.DB) error {\n\t_, err := db.Exec("DROP DATABASE a")\n\treturn err\n}\n',
    "api/api.go":
      'package api\n\nimport (\n\tg "example.com/shop/guard"\n\t"example.com/shop/drops"\n)\n\nfunc Go(db *sql.DB) error {\n\treturn g.Guarded(func() error { return drops.Wipe(db) })\n}\n',
  };
  test.each([
    ["lib/index.ts#safely", script],
    ["lib.safely", script],
    ["lib/guard.ts#guarded", script],
    ["app.guarded", pythonPackage],
    ["app/__init__.py#guarded", pythonPackage],
    ["app.guard.guarded", pythonPackage],
    ["guard.Guarded", goModule],
    ["example.com/shop/guard.Guarded", goModule],
  ])("%s", async (chokepoint, files) => {
    const { findings } = await scanFiles(files, { chokepoint: [chokepoint] });
    expect(findings.map(({ rule }) => rule)).toEqual([]);
  });

  test.each([
    ["lib/index.ts#guarded", script],
    ["drops.safely", script],
    [
      "example.com/other/guard.Guarded",
      { ...goModule, "other/guard/x.go": "package guard\n\nfunc Other() {}\n" },
    ],
  ])("%s is none", async (chokepoint, files) => {
    const { findings } = await scanFiles(files, { chokepoint: [chokepoint] });
    expect(findings.map(({ rule }) => rule)).toContain("chokepoint-ambiguous");
  });
});
