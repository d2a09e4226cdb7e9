import { expect, test } from "bun:test";
import fc from "fast-check";
import { ts } from "ts-morph";
import { scriptOf } from "../../../../src/scan/syntax/typescript/script-of.ts";

const kept = (path: string, source: string): string | null => scriptOf(source, path, ts).text;

test("of a component only the scripts are kept, where they are", () => {
  const source =
    '<template>\n  <p>DROP</p>\n</template>\n<script lang="ts">\nconst a = "é";\n</script>\n<style>b {}</style>\n';
  const text = kept("A.vue", source) ?? "";
  expect(text).toHaveLength(source.length);
  expect(text.trim()).toBe('const a = "é";');
  expect(text.indexOf("const")).toBe(source.indexOf("const"));
  expect(kept("a.ts", source)).toBe(source);
});

test.each([
  [
    "---\nconst a = 1;\n---\n<p>DROP</p>\n<script>b();</script>\n",
    "   \nconst a = 1;\n   \n           \n        b();         \n",
  ],
  ["---\r\na();\r\n---\r\n<p/>", "   \r\na();\r\n   \r\n    "],
  ["---\n---\n<p/>", "   \n   \n    "],
  ["<p/>\n---\na();\n---\n", "    \n   \n    \n   \n"],
  ["---\na();\n", "   \n    \n"],
])("of a component of Astro what stands between the fences, too: %j", (source, text) => {
  expect(scriptOf(source, "A.astro", ts)).toEqual({ text, kind: ts.ScriptKind.TS, isTypeScript: true });
});

test.each(["A.svelte", "A.vue", "A.astro"])("whatever the text of %s, no character moves", (path) => {
  const piece = fc.constantFrom(
    "---\n",
    "<script>",
    "</script>",
    "<script",
    ">",
    "\n",
    "a",
    "𝒳",
    "</script >",
  );
  fc.assert(
    fc.property(
      fc.array(piece).map((parts) => parts.join("")),
      (source) => {
        const text = kept(path, source) ?? "";
        expect(text).toHaveLength(source.length);
        expect(text.split("\n")).toHaveLength(source.split("\n").length);
      },
    ),
  );
});
