import type { Tree as SyntaxTree } from "web-tree-sitter";
import { carriers } from "../carriers/carrier-of.ts";
import type { CarrierPorts } from "../carriers/carrier.ts";
import { mentionsOf } from "../facts.ts";
import type { Facts } from "../facts.ts";
import type { ReadBy } from "../files/reader-of.ts";
import { readCsharp } from "../syntax/csharp/read-csharp.ts";
import { readGo } from "../syntax/go/read-go.ts";
import { readJava } from "../syntax/java/read-java.ts";
import { readPhp } from "../syntax/php/read-php.ts";
import { readPython } from "../syntax/python/read-python.ts";
import { readRuby } from "../syntax/ruby/read-ruby.ts";
import { readRust } from "../syntax/rust/read-rust.ts";
import type { CodeLanguage, FileSyntax } from "../syntax/syntax.ts";
import { readTypeScript } from "../syntax/typescript/read-typescript.ts";
import type { Parsers } from "./tree-sitter.ts";
import { loadTypeScript, readInTime } from "./typescript.ts";

type TreeLanguage = Exclude<CodeLanguage, "typescript" | "javascript">;

const readers: Readonly<Record<TreeLanguage, (tree: SyntaxTree, source: string) => FileSyntax>> = {
  go: readGo,
  python: readPython,
  java: readJava,
  ruby: readRuby,
  php: readPhp,
  rust: readRust,
  csharp: readCsharp,
};

export interface FactReader {
  /** What a source says; null when its parser gave up. */
  read(by: ReadBy, path: string, source: string): Promise<Facts | null>;
}

/** Reads sources by parsers that are loaded at first need. */
export function createFactReader(parsers: Parsers, carrierPorts: () => Promise<CarrierPorts>): FactReader {
  return {
    async read(by, path, source) {
      if (by.is === "carrier") {
        return { is: "carried", ...carriers[by.name](source, path, await carrierPorts()) };
      }
      const syntax = await readCode(by.name, path, source, parsers);
      return syntax === null ? null : { is: "code", syntax, mentions: mentionsOf(source) };
    },
  };
}

async function readCode(
  language: CodeLanguage,
  path: string,
  source: string,
  parsers: Parsers,
): Promise<FileSyntax | null> {
  if (language === "typescript" || language === "javascript") {
    const compiler = await loadTypeScript();
    return readInTime(compiler, () => readTypeScript(source, path, compiler));
  }
  await parsers.load(language);
  const tree = parsers.parse(language, source);
  if (tree === null) return null;
  try {
    return readers[language](tree, source);
  } finally {
    tree.delete();
  }
}
