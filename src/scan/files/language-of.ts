import type { CodeLanguage } from "../syntax/syntax.ts";

const languages: ReadonlyMap<string, CodeLanguage> = byExtension({
  typescript: "ts tsx mts cts vue svelte astro",
  javascript: "js jsx mjs cjs es6",
  go: "go",
  python: "py pyi pyw bzl wsgi",
  java: "java",
  ruby: "rb rake gemspec ru thor podspec jbuilder",
  php: "php php3 php4 php5 php7 phtml inc module install",
  rust: "rs",
  csharp: "cs csx",
});

const named: ReadonlyMap<string, CodeLanguage> = new Map([
  ["Rakefile", "ruby"],
  ["Gemfile", "ruby"],
  ["Capfile", "ruby"],
  ["Guardfile", "ruby"],
  ["Thorfile", "ruby"],
  ["Vagrantfile", "ruby"],
  ["Brewfile", "ruby"],
  ["Fastfile", "ruby"],
  ["SConstruct", "python"],
  ["SConscript", "python"],
  ["Tiltfile", "python"],
  ["artisan", "php"],
]);

/** Programs of a first line `#!/usr/bin/env python3`. */
const interpreters: readonly (readonly [RegExp, CodeLanguage])[] = [
  [/^(?:python|pypy)[\d.]*$/, "python"],
  [/^(?:ruby|jruby|rake)[\d.]*$/, "ruby"],
  [/^(?:node|nodejs|bun|deno|zx)$/, "javascript"],
  [/^(?:ts-node|tsx|ts-node-script)$/, "typescript"],
  [/^php[\d.]*$/, "php"],
];

/** Languages in which people destroy things, and that nothing here can read. */
const unsupported: ReadonlyMap<string, string> = byExtension({
  Kotlin: "kt kts",
  Scala: "scala sc sbt",
  Groovy: "groovy gvy gradle",
  Clojure: "clj cljs cljc edn",
  Swift: "swift",
  "Objective-C": "m mm",
  C: "c h",
  "C++": "cc cpp cxx hpp hxx hh",
  Elixir: "ex exs",
  Erlang: "erl hrl",
  Lua: "lua",
  Perl: "pl pm t",
  R: "r",
  Julia: "jl",
  Haskell: "hs",
  OCaml: "ml mli",
  "F#": "fs fsx",
  "Visual Basic": "vb vbs bas",
  Dart: "dart",
  Zig: "zig",
  Nim: "nim",
  Crystal: "cr",
  Tcl: "tcl",
  CoffeeScript: "coffee",
  Pascal: "pas",
  Delphi: "dpr",
  COBOL: "cob cbl",
  ABAP: "abap",
  PowerShell: "ps1 psm1",
  Batch: "bat cmd",
  Nix: "nix",
  Starlark: "star bazel",
  fish: "fish",
  Nushell: "nu",
  AWK: "awk gawk",
  Jsonnet: "jsonnet libsonnet",
  CUE: "cue",
  Puppet: "pp",
  Cypher: "cypher cyp",
  Earthly: "earth",
  Templates: "erb haml slim jsp jspx cshtml razor vbhtml twig ejs hbs blade j2 jinja",
});

/** The language of a file of code, by its name, else by its first line (`head` is its beginning); null for everything else. */
export function languageOf(path: string, head: string): CodeLanguage | null {
  const { name, extension } = nameOf(path);
  const known = named.get(name) ?? languages.get(extension);
  if (known !== undefined) return known;
  const program = extension === "" || !unsupported.has(extension) ? interpreterOf(head) : null;
  return program === null ? null : (interpreters.find(([pattern]) => pattern.test(program))?.[1] ?? null);
}

/** The language of a file that no front-end and no carrier reads, by its name or first line; null when it is not one of those. */
export function unsupportedLanguageOf(path: string, head: string): string | null {
  const { name, extension } = nameOf(path);
  const known = name === "Earthfile" ? "Earthly" : unsupported.get(extension);
  if (known !== undefined) return known;
  const program = interpreterOf(head);
  return program === null ? null : `scripts of ${program}`;
}

/** The program of `#!/usr/bin/env -S python3 -u`, without its folder; null where a file does not begin so. */
export function interpreterOf(head: string): string | null {
  const [, line] = /^#![ \t]*([^\r\n]+)/.exec(head) ?? [];
  if (line === undefined) return null;
  const words = line.split(/[ \t]+/).map((word) => word.slice(word.lastIndexOf("/") + 1));
  const isProgram = (word: string): boolean => word !== "" && word !== "env" && !/^-|=/.test(word);
  return words.find(isProgram) ?? null;
}

function nameOf(path: string): { readonly name: string; readonly extension: string } {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const dot = name.lastIndexOf(".");
  return { name, extension: dot <= 0 ? "" : name.slice(dot + 1).toLowerCase() };
}

function byExtension<Name extends string>(table: Readonly<Record<Name, string>>): ReadonlyMap<string, Name> {
  const pairs = new Map<string, Name>();
  for (const name in table) for (const extension of table[name].split(" ")) pairs.set(extension, name);
  return pairs;
}
