import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";
import fc from "fast-check";
import { ts } from "ts-morph";
import { expressionsOf } from "../../../support/expressions-of.ts";
import { lostIn, read } from "./collect.ts";
import { pieces } from "./pieces.ts";

const root = join(import.meta.dirname, "../../../..");

describe("no string and no call of a file is lost", () => {
  const folders = ["src/scan", "src/audit", "test/chain"];
  for (const folder of folders)
    test(`in ${folder}`, () => {
      for (const file of new Glob("**/*.ts").scanSync({ cwd: join(root, folder) })) {
        const path = join(root, folder, file);
        expect({ path, lost: lostIn(readFileSync(path, "utf8"), path, ts.ScriptKind.TS) }).toEqual({
          path,
          lost: [],
        });
      }
    });

  test("in pieces of the language put together at random", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 6 }), fc.boolean(), (chosen, isJsx) => {
        const source = chosen.join("\n");
        const [path, kind] = isJsx ? ["a.tsx", ts.ScriptKind.TSX] : ["a.ts", ts.ScriptKind.TS];
        expect(lostIn(source, path, kind)).toEqual([]);
      }),
    );
  });
});

describe("any text can be read", () => {
  const paths = ["a.ts", "a.tsx", "a.js", "a.mjs", "a.cts", "a.vue", "a.svelte", "a.astro", "a"];

  test("what is cut, doubled and mixed", () => {
    const source = pieces.join("\n");
    fc.assert(
      fc.property(
        fc.nat(source.length),
        fc.nat(source.length),
        fc.nat(source.length),
        fc.constantFrom(
          "",
          "`",
          "${",
          "'",
          "(",
          "}",
          "/*",
          "</",
          "custody-allow",
          "\u2028",
          "\0",
          "\ud800",
          "@",
          "=>",
        ),
        fc.constantFrom(...paths),
        (a, b, c, extra, path) => {
          const text = source.slice(a, b) + extra + source.slice(c, c + 800);
          const syntax = read(text, path);
          for (const { at } of expressionsOf(syntax)) expect(at).toBeWithin(0, text.length + 1);
          expect(syntax.functions[0]?.end).toBe(text.length);
        },
      ),
    );
  });

  test("what was read is plain JSON", () => {
    const syntax = read(pieces.join("\n"));
    expect(JSON.parse(JSON.stringify(syntax))).toStrictEqual(syntax);
  });

  test("what is no code at all", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 400 }), fc.constantFrom(...paths), (text, path) => {
        expect(read(text, path).functions.length).toBeGreaterThan(0);
      }),
    );
  });

  test.each(["(", "[", "{", "`${", "a=>", "!", "a?", "-", "<a>", "if(a)", "function f(){", "a.b(", "new "])(
    "a hundred thousand of %j",
    (piece) => {
      const { functions } = read(piece.repeat(100_000), "a.tsx");
      expect(functions.length).toBeGreaterThan(0);
    },
  );

  test("a sum of 20 000 parts", () => {
    const source = `const sql = ${Array.from({ length: 20_000 }, (_, index) => `"part ${index} "`).join(" + ")};`;
    const [first] = read(source).functions[0]?.body ?? [];
    expect(first?.value.is === "join" && first.value.parts.length).toBe(20_000);
  });
});
