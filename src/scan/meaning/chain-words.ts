import { calleeOf, plainName } from "./callee.ts";
import type { Scope } from "./scope.ts";
import { resolve } from "./fold.ts";
import type { Folded } from "./folded.ts";
import { foldWords } from "./judge-arguments.ts";
import type { Call } from "./program.ts";

/** Methods that add words to a command. */
const adding: ReadonlySet<string> = new Set([
  "arg",
  "args",
  "addargument",
  "addarguments",
  "withargument",
  "witharguments",
]);
/** Methods that change how a command runs, or run it, and add no word. */
const passing: ReadonlySet<string> = new Set(
  `env envs envremove envclear currentdir stdin stdout stderr kill on drop status output spawn wait waitwithoutput exec execute query queryasync invoke inheritio start creationflags uid gid setsid
  processgroup pregroup killondrop arg0 unwrap expect context withcontext await success ignore run`.split(
    /\s+/,
  ),
);

/** A chain of more calls is no command. */
const mostCalls = 100;

/** The words of a command, and the call that it begins with. */
interface Chain {
  readonly words: readonly Folded[];
  readonly start: Call;
}

/**
 * The words of a command that a chain of calls puts together, from the call that adds the last of them; null for anything else. What follows in
 * a chain only runs it.
 */
export function chainWords(call: Call, scope: Scope): Chain | null {
  const { name, receiver } = calleeOf(call);
  if (receiver === null) return null;
  const plain = plainName(name);
  if (!adding.has(plain) && !(passing.has(plain) && call.args.length === 0)) return null;
  return wordsOf(call, scope, new Set());
}

/** `seen`: the calls that were asked already. What is set anew from itself, several times, would be asked more often than there are atoms. */
function wordsOf(call: Call, scope: Scope, seen: Set<Call>): Chain | null {
  if (seen.has(call) || seen.size > mostCalls) return null;
  seen.add(call);
  const { name, receiver, chain } = calleeOf(call);
  const plain = plainName(name);
  const isStart =
    (plain === "new" && /command/i.test(chain.at(-2) ?? "")) ||
    plain === "cmd" ||
    (call.how === "new" && /command|process/i.test(name));
  if (isStart) return { words: foldWords(call.args, scope), start: call };
  if (receiver === null || (!adding.has(plain) && !passing.has(plain))) return null;
  for (const { value, scope: inner } of resolve(receiver, scope)) {
    if (value.is !== "call") continue;
    const before = wordsOf(value, inner, seen);
    if (before !== null)
      return adding.has(plain)
        ? { ...before, words: [...before.words, ...foldWords(call.args, scope)] }
        : before;
  }
  return null;
}
