import type { Compiler } from "../syntax/typescript/reading.ts";

let loading: Promise<Compiler> | undefined;

/** The TypeScript compiler that ts-morph carries, loaded at first need: it is 9 MB of code. */
export function loadTypeScript(): Promise<Compiler> {
  loading ??= import("ts-morph").then(({ ts }) => ts);
  return loading;
}
