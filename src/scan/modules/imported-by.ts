import type { FileFacts } from "../facts.ts";
import { familyOf } from "../meaning/program.ts";
import type { ResolveModule } from "./resolution.ts";

/** The files that these import, by their paths in the listing, as far as the tree says which they are. */
export function importedBy(files: readonly FileFacts[], resolveModule: ResolveModule): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { path, facts } of files) {
    if (facts.is !== "code") continue;
    const { language, imports } = facts.syntax;
    const family = familyOf(language);
    for (const module of new Set(imports.map((each) => each.module))) {
      const resolution = resolveModule(family, path, module);
      if (resolution.is === "file") found.add(resolution.path);
    }
  }
  return found;
}
