import { expect, test } from "bun:test";
import fc from "fast-check";
import { keepScripts, languageOf, unsupportedLanguageOf } from "../../../src/scan/files/language-of.ts";

test.each([
  ["a/b.ts", "", "typescript"],
  ["a/b.d.mts", "", "typescript"],
  ["App.vue", "", "typescript"],
  ["x.cjs", "", "javascript"],
  ["main.go", "", "go"],
  ["lib.PY", "", "python"],
  ["Rakefile", "", "ruby"],
  ["x/tasks/db.rake", "", "ruby"],
  ["index.php", "", "php"],
  ["src/lib.rs", "", "rust"],
  ["A.cs", "", "csharp"],
  ["Main.java", "", "java"],
  ["bin/tool", "#!/usr/bin/env python3\n", "python"],
  ["bin/tool", "#!/usr/bin/env -S FOO=1 python3.12 -u\n", "python"],
  ["bin/tool", "#!/usr/local/bin/node\r\n", "javascript"],
  ["bin/console", "#!/usr/bin/env php\n<?php", "php"],
  ["bin/tool", "#!/bin/sh\n", null],
  ["deploy.sh", "", null],
  ["Dockerfile", "", null],
  [".ts", "", null],
  ["x.kt", "#!/usr/bin/env python3\n", null],
] as const)("%s %j is %p", (path, head, language) => {
  expect(languageOf(path, head)).toBe(language);
});

test.each([
  ["Drop.kt", "", "Kotlin"],
  ["lib/x.ex", "", "Elixir"],
  ["bin/x", "#!/usr/bin/perl -w\n", "scripts of perl"],
  ["x.txt", "", null],
] as const)("%s is not supported: %p", (path, head, language) => {
  expect(unsupportedLanguageOf(path, head)).toBe(language);
});

test("of a component only the scripts are kept, where they are", () => {
  const source =
    '<template>\n  <p>DROP</p>\n</template>\n<script lang="ts">\nconst a = "é";\n</script>\n<style>b {}</style>\n';
  const kept = keepScripts("A.vue", source);
  expect(kept).toHaveLength(source.length);
  expect(kept.trim()).toBe('const a = "é";');
  expect(kept.indexOf("const")).toBe(source.indexOf("const"));
  expect(keepScripts("a.ts", source)).toBe(source);
});

test("whatever the text, no character moves", () => {
  const piece = fc.constantFrom("<script>", "</script>", "<script", ">", "\n", "a", "𝒳", "</script >");
  fc.assert(
    fc.property(
      fc.array(piece).map((parts) => parts.join("")),
      (source) => {
        const kept = keepScripts("A.svelte", source);
        expect(kept).toHaveLength(source.length);
        expect(kept.split("\n")).toHaveLength(source.split("\n").length);
      },
    ),
  );
});
