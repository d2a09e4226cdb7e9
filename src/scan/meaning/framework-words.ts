import { plainName } from "./callee.ts";
import type { Callee } from "./callee.ts";
import { chainOf } from "./callee.ts";
import { plain } from "./folded.ts";
import type { Folded } from "./folded.ts";
import { artisanCalls, rakeCalls } from "./framework-calls.ts";
import { foldWords } from "./judge-arguments.ts";
import { selfNames } from "./program.ts";
import type { Call } from "./program.ts";
import type { Scope } from "./scope.ts";

/**
 * The words of a framework's own command that its code runs without a shell: `call_command("flush")`, `Artisan::call("migrate:fresh")`,
 * `Rake::Task["db:drop"].invoke`. Null for any other call.
 */
export function frameworkWords(
  { name, receiver, chain }: Callee,
  call: Call,
  scope: Scope,
): readonly Folded[] | null {
  const [first] = call.args;
  const plainest = plainName(name);
  switch (scope.place.unit.family) {
    case "python":
      return plainest === "callcommand" && first !== undefined
        ? [plain("manage.py"), ...foldWords(call.args, scope)]
        : null;
    case "php": {
      if (first === undefined || !artisanCalls.has(plainest)) return null;
      const on = chain.at(-2) ?? "";
      const isArtisan = on === "Artisan" || plainest === "artisan" || selfNames.has(on) || on === "$this";
      return isArtisan ? [plain("artisan"), ...foldWords([first], scope).flatMap(wordsOf)] : null;
    }
    case "ruby": {
      if (!rakeCalls.has(plainest) || receiver?.is !== "index") return null;
      const of = chainOf(receiver.of).join("::");
      return of === "Rake::Task" || of === "Rake::application"
        ? [plain("rake"), ...foldWords([receiver.key], scope)]
        : null;
    }
    default:
      return null;
  }
}

/** `migrate:fresh --seed`, as it is written on a command line. */
function wordsOf(words: Folded): readonly Folded[] {
  const [command = "", ...options] = words.text.split(/\s+/).filter(Boolean);
  return options.length === 0 ? [words] : [{ ...words, text: command }, ...options.map(plain)];
}
