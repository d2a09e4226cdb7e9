/** The stack of libpg-query's build (`-sSTACK_SIZE`); what it keeps of its own lies below it, the heap above. */
const stackBytes = 32 << 20;
const mostKept = 4 << 20;

/** What an exception leaves behind in a module that Emscripten made is undone: the function that it gives does so. */
export type UndoCrash = () => void;

/**
 * Made when the module has run its constructors and nothing else. An exception out of it (JavaScript's stack is full, the memory is) jumps
 * over the end of every function that runs: the stack pointer stays where it was, and so does what the heap and PostgreSQL's error handling
 * have under way. After some forty of them the stack has run into what lies below, and from then on nothing is parsed, or it is parsed wrong.
 * Undone in place, at once, since the next statement stands in the same message: an instance of its own comes a turn later.
 */
export function keepToUndoCrash(exports: Readonly<Record<string, unknown>>): UndoCrash {
  // The names that Emscripten gives to `memory`, `_emscripten_stack_restore` and `emscripten_stack_get_current`.
  const { z: memory, Q: restoreStack, R: currentStack } = exports;
  if (!(memory instanceof WebAssembly.Memory) || !isFunction(restoreStack) || !isFunction(currentStack))
    throw new TypeError("libpg-query: its exports have other names than in the version this was written for");
  const top: unknown = currentStack();
  const statics = typeof top === "number" ? top - stackBytes : -1;
  if (statics <= 0 || statics > mostKept)
    throw new TypeError(
      `libpg-query: its stack begins at ${String(top)}, which is not what this was written for`,
    );
  const kept = new Uint8Array(memory.buffer).slice(0, statics);
  return () => {
    // Grown memory is another buffer, and stays.
    new Uint8Array(memory.buffer).set(kept);
    restoreStack(top);
  };
}

function isFunction(value: unknown): value is (...values: readonly unknown[]) => unknown {
  return typeof value === "function";
}
