import { expect, test } from "bun:test";
import { languageOf, unsupportedLanguageOf } from "../../../src/scan/files/language-of.ts";

test.each([
  ["a/b.ts", "", "typescript"],
  ["a/b.d.mts", "", "typescript"],
  ["App.vue", "", "typescript"],
  ["src/pages/index.astro", "", "typescript"],
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
  ["Earthfile", "", "Earthly"],
  ["BUILD.bazel", "", "Starlark"],
  ["reset.fish", "", "fish"],
  ["x.txt", "", null],
] as const)("%s is not supported: %p", (path, head, language) => {
  expect(unsupportedLanguageOf(path, head)).toBe(language);
});
