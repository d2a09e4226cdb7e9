import { readFile } from "node:fs/promises";
import bash from "tree-sitter-bash/tree-sitter-bash.wasm" with { type: "file" };
import csharp from "tree-sitter-c-sharp/tree-sitter-c_sharp.wasm" with { type: "file" };
import go from "tree-sitter-go/tree-sitter-go.wasm" with { type: "file" };
import java from "tree-sitter-java/tree-sitter-java.wasm" with { type: "file" };
import php from "tree-sitter-php/tree-sitter-php.wasm" with { type: "file" };
import python from "tree-sitter-python/tree-sitter-python.wasm" with { type: "file" };
import ruby from "tree-sitter-ruby/tree-sitter-ruby.wasm" with { type: "file" };
import rust from "tree-sitter-rust/tree-sitter-rust.wasm" with { type: "file" };
import type { Language, Parser, Tree } from "web-tree-sitter";
import { ScannerBroke, startCore, type Core } from "./tree-sitter-core.ts";

const grammars = { bash, csharp, go, java, php, python, ruby, rust } as const;

export type GrammarName = keyof typeof grammars;
export const grammarNames: readonly GrammarName[] = [
  "go",
  "python",
  "java",
  "ruby",
  "php",
  "rust",
  "bash",
  "csharp",
];

/** After this a parse is given up: no file that people wrote takes a tenth of it. */
const longestParseMs = 1000;

/** tree-sitter's parsers, compiled to WASM and loaded from files that the binary embeds, each at first need. */
export interface Parsers {
  /** Must have been awaited before the first `parse` of a language. */
  load(language: GrammarName): Promise<void>;
  /**
   * The tree of a whole file, with ERROR nodes where it could not be understood; its owner calls `delete()`. Offsets are
   * UTF-16 code units. Null when a second was not enough, or when the grammar's scanner broke off.
   */
  parse(language: GrammarName, source: string): Tree | null;
}

export function openParsers(): Parsers {
  const loading = new Map<GrammarName, Promise<void>>();
  const parsers = new Map<GrammarName, LoadedParser>();
  return {
    load(language) {
      let loaded = loading.get(language);
      if (loaded === undefined) {
        loaded = loadParser(language).then((loadedParser) => void parsers.set(language, loadedParser));
        loading.set(language, loaded);
      }
      return loaded;
    },
    parse(language, source) {
      const loaded = parsers.get(language);
      if (loaded === undefined) throw new Error(`the grammar of ${language} was not loaded`);
      const { core, parser, grammar } = loaded;
      const until = performance.now() + longestParseMs;
      const mark = core.markStack();
      try {
        const tree = parser.parse(source, null, { progressCallback: () => performance.now() > until });
        // Else the next file would be taken for the rest of this one.
        if (tree === null) parser.reset();
        return tree;
      } catch (cause) {
        if (!(cause instanceof ScannerBroke)) throw cause;
        core.restoreStack(mark);
        parser.delete();
        parsers.set(language, { ...loaded, parser: core.createParser().setLanguage(grammar) });
        return null;
      }
    },
  };
}

interface LoadedParser {
  readonly core: Core;
  readonly grammar: Language;
  readonly parser: Parser;
}

async function loadParser(language: GrammarName): Promise<LoadedParser> {
  const core = await startCore();
  const { Language: Grammar } = await import("web-tree-sitter");
  const grammar = await Grammar.load(await readFile(grammars[language]));
  return { core, grammar, parser: core.createParser().setLanguage(grammar) };
}
