import type { Expression, SetStatement, Statement } from "../syntax/syntax.ts";
import { calleeOf, plainName } from "./callee.ts";
import { dottedPath } from "../syntax/dotted-path.ts";

/** Methods that add what they are given to what they are called on: builders of texts, and lists. */
const appending: ReadonlySet<string> = new Set(
  "append appendline appendformat appendjoin write writestring writebyte writerune pushstr push add addall extend unshift insert concat joinln println print printf writeln pushsql enqueue addlast addfirst appendchild".split(
    " ",
  ),
);
/** Functions that write into their first argument. */
const writing: ReadonlySet<string> = new Set(["fprintf", "fprint", "fprintln", "write", "writeln"]);

/** What a statement adds to a name by calling a method of it: `sb.append(x).append(y)`, `stmts.push(x)`, `fmt.Fprintf(&sb, x)`, `stmts = append(stmts, x)`. */
export function appendsOf(statement: Statement): readonly SetStatement[] {
  const { value } = statement;
  if (value.is !== "call") return [];
  const { name, receiver } = calleeOf(value);
  const plain = plainName(name);
  const [first, ...rest] = value.args;
  if (statement.do === "set") {
    // Go: what append gives is what it was given, and more.
    const own = first === undefined ? null : dottedPath(first);
    if (plain !== "append" || receiver !== null || own === null || own !== statement.target) return [];
    return rest.map((each) => appended(own, each, statement.at));
  }
  if (receiver === null || writing.has(plain)) {
    const target = first === undefined ? null : dottedPath(first);
    if (target !== null && writing.has(plain) && rest.length > 0)
      return [
        appended(
          target,
          { ...value, callee: { is: "name", name: "sprintf", at: value.at }, args: rest },
          value.at,
        ),
      ];
  }
  if (receiver === null && (plain === "arraypush" || plain === "arrayunshift")) {
    const target = first === undefined ? null : dottedPath(first);
    return target === null ? [] : rest.map((each) => appended(target, each, value.at));
  }
  if (receiver === null || !appending.has(plain)) return [];
  const { target, values } = chainOfAppends(value);
  if (target === null) return [];
  return values.filter((each) => !isSeparator(each)).map((each) => appended(target, each, value.at));
}

/** What stands between the parts of a list that a loop writes: without it a beginning that is followed by nothing else still reads as a statement. */
function isSeparator(value: Expression): boolean {
  return value.is === "text" && /^\s*[,;]\s*$/.test(value.text);
}

function chainOfAppends(call: Expression): {
  readonly target: string | null;
  readonly values: readonly Expression[];
} {
  if (call.is !== "call") return { target: dottedPath(call), values: [] };
  const { name, receiver } = calleeOf(call);
  if (receiver === null || !appending.has(plainName(name))) return { target: null, values: [] };
  const before = chainOfAppends(receiver);
  return { target: before.target, values: [...before.values, ...call.args] };
}

function appended(target: string, value: Expression, at: number): SetStatement {
  return { do: "set", target, value, isAppend: true, isConstant: false, isExported: false, type: null, at };
}
