import type { DestructionKind } from "../destruction/kinds.ts";
import type { FileFacts } from "./facts.ts";
import { createProgram } from "./meaning/program.ts";
import type { ResolveModule } from "./modules/resolution.ts";
import type { Program } from "./meaning/program.ts";

/** The program that files of code make up. */
export function programOf(
  files: readonly FileFacts[],
  kinds: ReadonlySet<DestructionKind>,
  resolveModule: ResolveModule,
): Program {
  return createProgram(
    files.flatMap(({ path, facts }) =>
      facts.is === "code" ? [{ path, syntax: facts.syntax, mentions: facts.mentions }] : [],
    ),
    kinds,
    resolveModule,
  );
}
