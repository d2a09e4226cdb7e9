import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { OpsError } from "../../../src/errors.ts";
import { listFiles } from "../../../src/scan/files/list-files.ts";
import type { Listing } from "../../../src/scan/files/listing.ts";
import { withoutRoot } from "../../support/without-root.ts";

let folder = "";
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "custody-list-")));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;
/** A new tree: path → content. With `.git` in it where it is to be a repository. */
function plant(files: Readonly<Record<string, string>>): string {
  const root = join(folder, String((count += 1)));
  mkdirSync(root);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

function list(cwd: string, paths: readonly string[] = [], patterns: readonly string[] = []): Listing {
  return listFiles({ cwd, paths, ignore: { patterns, folder: cwd } });
}

const names = (listing: Listing): readonly string[] => listing.files.map((each) => each.path);

describe("what is walked", () => {
  test("a tree, in order, without what no program runs", () => {
    const root = plant({
      "b.go": "",
      "a/z.py": "",
      "logo.png": "",
      "README.md": "",
      "a/.hidden.sh": "",
      Makefile: "",
    });
    const listing = list(root);
    expect(names(listing)).toEqual(["Makefile", "a/.hidden.sh", "a/z.py", "b.go"]);
    expect(listing.skipped).toMatchObject({ binary: 1, documents: 1, ignored: 0 });
  });

  test("version control and dependencies are not entered", () => {
    const root = plant({
      ".git/config": "",
      ".hg/a.py": "",
      ".svn/a.py": "",
      "node_modules/x/a.js": "",
      "a.js": "",
    });
    const listing = list(root);
    expect(names(listing)).toEqual(["a.js"]);
    expect(listing.skipped.dependencies).toBe(1);
  });

  test("dependencies that are named are", () => {
    const root = plant({
      ".git/HEAD": "",
      ".gitignore": "node_modules\n",
      "node_modules/x/a.js": "",
      "node_modules/x/node_modules/y/b.js": "",
    });
    expect(names(list(root, ["node_modules/x"]))).toEqual([
      "node_modules/x/a.js",
      "node_modules/x/node_modules/y/b.js",
    ]);
  });

  test("paths may overlap and lie above the working directory", () => {
    const root = plant({ "a/one.go": "", "a/b/two.go": "", "c/three.go": "" });
    expect(names(list(join(root, "a"), [".", "b", "./b/two.go", "../c"]))).toEqual([
      "../c/three.go",
      "b/two.go",
      "one.go",
    ]);
  });

  test.each([["nothing-here"], ["a.go/b"]])("%s is no path", (path) => {
    const root = plant({ "a.go": "" });
    expect(() => list(root, [path])).toThrow(OpsError);
    expect(() => list(root, [path])).toThrow(new RegExp(`^cannot scan ${path}: [^/]*$`));
  });

  test("links are not followed; those that lead out are told", () => {
    const root = plant({ "tree/a/one.go": "", "other/two.go": "" });
    symlinkSync("../../other", join(root, "tree/a/out"));
    symlinkSync("..", join(root, "tree/a/loop"));
    symlinkSync("one.go", join(root, "tree/a/same.go"));
    symlinkSync("nowhere", join(root, "tree/a/gone.go"));
    const listing = list(root, ["tree"]);
    expect(names(listing)).toEqual(["tree/a/one.go"]);
    expect(listing.skipped.links).toBe(4);
    expect(listing.outside).toEqual(["tree/a/out"]);
    expect(names(list(root, ["tree/a/out", "tree/a/same.go"]))).toEqual([
      "tree/a/out/two.go",
      "tree/a/same.go",
    ]);
  });

  test("a pipe is counted, and refused when it is named", () => {
    const root = plant({ "a.go": "" });
    execFileSync("mkfifo", [join(root, "pipe.go")]);
    expect(list(root).skipped.special).toBe(1);
    expect(names(list(root))).toEqual(["a.go"]);
    expect(() => list(root, ["pipe.go"])).toThrow("neither a file nor a folder");
  });

  test("a folder that cannot be read is told", () => {
    const root = plant({ "locked/a.go": "" });
    for (const each of [dirname(root), root]) chmodSync(each, 0o755);
    chmodSync(join(root, "locked"), 0);
    expect(withoutRoot(() => list(root)).unparsed).toEqual([
      { path: "locked", line: null, reason: "unreadable", detail: "permission denied" },
    ]);
    chmodSync(join(root, "locked"), 0o700);
  });
});

describe("what is ignored", () => {
  const cases: readonly (readonly [string, Readonly<Record<string, string>>, readonly string[]])[] = [
    [
      "by name, at any depth",
      { ".gitignore": "gen.go\n", "gen.go": "", "a/gen.go": "", "a/b.go": "" },
      ["a/b.go"],
    ],
    ["from the root alone", { ".gitignore": "/gen.go\n", "gen.go": "", "a/gen.go": "" }, ["a/gen.go"]],
    [
      "but what is taken back",
      { ".gitignore": "*.gen.go\n!keep.gen.go\n", "a.gen.go": "", "keep.gen.go": "" },
      ["keep.gen.go"],
    ],
    [
      "by a nested file, which wins",
      {
        ".gitignore": "*.sql\n",
        "db/.gitignore": "!*.sql\n/secret.sql\n",
        "a.sql": "",
        "db/b.sql": "",
        "db/secret.sql": "",
      },
      ["db/b.sql"],
    ],
    [
      "a folder that a nested file takes back, with what is in it",
      {
        ".gitignore": "build/\n*.log.go\n",
        "a/.gitignore": "!build/\n",
        "a/build/x/one.go": "",
        "a/build/two.log.go": "",
        "build/three.go": "",
      },
      ["a/build/x/one.go"],
    ],
    [
      "nothing in an ignored folder can be taken back",
      { ".gitignore": "out/\n!out/a.go\n", "out/a.go": "", "b.go": "" },
      ["b.go"],
    ],
    ["in git's case", { ".gitignore": "GEN.go\n", "gen.go": "" }, ["gen.go"]],
    ["by .git/info/exclude", { ".git/info/exclude": "mine.go\n", "mine.go": "", "a.go": "" }, ["a.go"]],
    [
      "a submodule goes by its own rules",
      {
        ".gitignore": "*.rb\n",
        "sub/.git": "gitdir: ../.git/modules/sub\n",
        ".git/modules/sub/info/exclude": "c.rb\n",
        "sub/a.rb": "",
        "sub/c.rb": "",
        "b.rb": "",
      },
      ["sub/a.rb"],
    ],
  ];
  test.each(cases)("%s", (_, files, wanted) => {
    expect(names(list(plant({ ".git/HEAD": "", ...files })))).toEqual([...wanted]);
  });

  test("by the folders above, up to the repository's root and no further", () => {
    const root = plant({
      ".gitignore": "*.rb\n",
      "repo/.git/HEAD": "",
      "repo/.gitignore": "*.py\n",
      "repo/a/.gitignore": "*.go\n",
      "repo/a/b/one.go": "",
      "repo/a/b/two.py": "",
      "repo/a/b/three.rb": "",
    });
    expect(names(list(join(root, "repo/a/b")))).toEqual(["three.rb"]);
  });

  test("not what is named, unless the policy ignores it", () => {
    const root = plant({ ".git/HEAD": "", ".gitignore": "gen\n", "gen/a.go": "", "gen/a_test.go": "" });
    expect(names(list(root, ["gen/a.go"]))).toEqual(["gen/a.go"]);
    expect(names(list(root, ["gen"], ["**/*_test.go"]))).toEqual(["gen/a.go"]);
    const named = list(root, ["gen/a_test.go"], ["**/*_test.go"]);
    expect([names(named), named.skipped.ignored]).toEqual([[], 1]);
  });

  test("as git does: whatever the rules say", () => {
    const rule = fc.constantFrom(
      "a",
      "a/",
      "/a",
      "*.go",
      "!*.go",
      "!a",
      "!a/",
      "b/*",
      "!b/a",
      "**/c",
      "a/**",
      "!/b/",
      "c/b",
      "*",
      "!*/",
    );
    const rules = fc.array(rule, { maxLength: 4 }).map((lines) => lines.join("\n"));
    const files = ["a/x.go", "a/b/x.go", "b/a/x.go", "b/x.go", "b/c/b/x.go", "c/b/x.go", "c/x.py", "x.go"];
    fc.assert(
      fc.property(rules, rules, rules, (top, inB, inC) => {
        const root = plant({
          ...Object.fromEntries(files.map((path) => [path, ""])),
          ".gitignore": top,
          "b/.gitignore": inB,
          "c/.gitignore": inC,
        });
        execFileSync("git", ["init", "-q"], { cwd: root });
        const told = execFileSync("git", ["ls-files", "--others", "--exclude-standard"], {
          cwd: root,
          encoding: "utf8",
        });
        const wanted = told.split("\n").filter((path) => path !== "" && !path.endsWith(".gitignore"));
        expect(names(list(root)).filter((path) => !path.endsWith(".gitignore"))).toEqual(wanted.toSorted());
        rmSync(root, { recursive: true });
      }),
      // Each asks git.
      { numRuns: 60 },
    );
  });
});
