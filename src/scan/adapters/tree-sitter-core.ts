import { readFile } from "node:fs/promises";
import type { Parser } from "web-tree-sitter";
import core from "web-tree-sitter/web-tree-sitter.wasm" with { type: "file" };

/** A grammar's own scanner asserted what a source makes untrue: Ruby's, that a here-document's tag has fewer than 128 bytes. */
export class ScannerBroke extends Error {}

/** tree-sitter's core. It is one for the process: the library keeps it in a variable of its module. */
export interface Core {
  readonly createParser: () => Parser;
  /** Where the stack of the core stands; what broke off in the middle left it where it was. */
  readonly markStack: () => number;
  readonly restoreStack: (mark: number) => void;
}

type Imports = NonNullable<ConstructorParameters<typeof WebAssembly.Instance>[1]>;

let starting: Promise<Core> | undefined;

export function startCore(): Promise<Core> {
  starting ??= createCore();
  return starting;
}

async function createCore(): Promise<Core> {
  const { Parser: TreeParser } = await import("web-tree-sitter");
  const compiled = await WebAssembly.compile(await readFile(core));
  let exports: WebAssembly.Instance["exports"] = {};
  await TreeParser.init({
    instantiateWasm(
      imports: Imports,
      done: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
    ) {
      // The library leaves it out, so that an assertion would end as a call of nothing.
      const { env } = imports;
      if (env !== undefined) env["__assert_fail"] = breakOff;
      const instance = new WebAssembly.Instance(compiled, imports);
      ({ exports } = instance);
      done(instance, compiled);
      return exports;
    },
  });
  return {
    createParser: () => new TreeParser(),
    markStack: () => Number(callExport(exports, "emscripten_stack_get_current")),
    restoreStack: (mark) => void callExport(exports, "_emscripten_stack_restore", mark),
  };
}

function breakOff(): never {
  throw new ScannerBroke("a grammar's scanner broke off");
}

function callExport(
  exports: WebAssembly.Instance["exports"],
  name: string,
  ...args: readonly number[]
): unknown {
  const called = exports[name];
  if (typeof called !== "function") throw new Error(`tree-sitter's core has no ${name}`);
  return called(...args);
}
