import fc from "fast-check";
import type { Tree } from "web-tree-sitter";
import { openParsers, type GrammarName } from "../../../src/scan/adapters/tree-sitter.ts";
import type { FileSyntax } from "../../../src/scan/syntax/syntax.ts";
import { findLost, type Kept } from "./find-lost.ts";

export interface SourceReader {
  readonly read: (source: string) => FileSyntax;
  /** Null where the parser gave up. */
  readonly tryRead: (source: string) => FileSyntax | null;
  /** What the raw tree holds and the file's syntax does not. */
  readonly lost: (source: string, kept: Kept) => string[];
}

const parsers = openParsers();

/** Parses and reads whole sources with one front-end. */
export async function readerOf(
  language: GrammarName,
  readTree: (tree: Tree, source: string) => FileSyntax,
): Promise<SourceReader> {
  await parsers.load(language);
  const withTree = <Result>(source: string, use: (tree: Tree, file: FileSyntax) => Result): Result | null => {
    const tree = parsers.parse(language, source);
    if (tree === null) return null;
    try {
      return use(tree, readTree(tree, source));
    } finally {
      tree.delete();
    }
  };
  const tryRead = (source: string) => withTree(source, (_, file) => file);
  return {
    tryRead,
    read(source) {
      const file = tryRead(source);
      if (file === null) throw new Error("the parser gave up");
      return file;
    },
    lost: (source, kept) => withTree(source, (tree, file) => findLost(tree, source, file, kept)) ?? [],
  };
}

const foreign = [..."\"'`{}()[]<>#$@%;:,.?!=|&".split(""), "\\", "\n", "\0", "é", "𝒳", '"""', "<<~X", "<<<X"];

/** A source with stretches taken out, doubled, moved, and foreign characters put in. */
export function mutated(source: string): fc.Arbitrary<string> {
  const place = fc.nat(source.length);
  const length = fc.nat(60);
  const change = fc.oneof(
    fc.record({ is: fc.constant("cut" as const), place, length }),
    fc.record({ is: fc.constant("double" as const), place, length }),
    fc.record({ is: fc.constant("move" as const), place, length, to: place }),
    fc.record({
      is: fc.constant("put" as const),
      place,
      text: fc.oneof(fc.constantFrom(...foreign), fc.string({ maxLength: 8 })),
    }),
  );
  return fc.array(change, { minLength: 1, maxLength: 6 }).map((changes) =>
    changes.reduce((text, each) => {
      const before = text.slice(0, each.place);
      switch (each.is) {
        case "cut":
          return before + text.slice(each.place + each.length);
        case "double":
          return before + text.slice(each.place, each.place + each.length) + text.slice(each.place);
        case "move": {
          const rest = before + text.slice(each.place + each.length);
          return (
            rest.slice(0, each.to) + text.slice(each.place, each.place + each.length) + rest.slice(each.to)
          );
        }
        case "put":
          return before + each.text + text.slice(each.place);
      }
    }, source),
  );
}
