import type { Compiler } from "../syntax/typescript/reading.ts";

/** A parse stops after this: TypeScript's parser takes twice as long for every `f(async function () {` in another. */
const longestParseMs = 1000;

let loading: Promise<Compiler> | undefined;
let until = Number.POSITIVE_INFINITY;

/** The TypeScript compiler that ts-morph carries, loaded at first need: it is 9 MB of code. */
export function loadTypeScript(): Promise<Compiler> {
  loading ??= import("ts-morph").then(({ ts }) => {
    stopInTime(ts);
    return ts;
  });
  return loading;
}

class TookTooLong extends Error {}

/** What a reading gives; null when a second was not enough. */
export function readInTime<T>(compiler: Compiler, read: () => T): T | null {
  until = performance.now() + longestParseMs;
  try {
    return read();
  } catch (error) {
    if (!(error instanceof TookTooLong)) throw error;
    until = Number.POSITIVE_INFINITY;
    // What the parser knew of the file that it broke off is forgotten at the end of the next.
    compiler.createSourceFile("", "", compiler.ScriptTarget.ESNext);
    return null;
  } finally {
    until = Number.POSITIVE_INFINITY;
  }
}

type NodeConstructor = new (kind: number, pos: number, end: number) => object;

interface WithAllocator {
  readonly objectAllocator: { getNodeConstructor: () => NodeConstructor };
}

/** Its types do not tell of it. */
function hasAllocator(compiler: object): compiler is WithAllocator {
  return "objectAllocator" in compiler;
}

/** The parser cannot be told to stop; but every node that it makes comes from a constructor that may be set. */
function stopInTime(compiler: Compiler): void {
  if (!hasAllocator(compiler))
    throw new Error("this TypeScript has no object allocator: its parser cannot be bounded");
  const { objectAllocator } = compiler;
  const Node = objectAllocator.getNodeConstructor();
  let made = 0;
  class CountedNode extends Node {
    constructor(kind: number, pos: number, end: number) {
      super(kind, pos, end);
      made += 1;
      if ((made & 0x3ff) === 0 && performance.now() > until) throw new TookTooLong("a parse took too long");
    }
  }
  objectAllocator.getNodeConstructor = () => CountedNode;
}
