import type { Expression } from "../syntax.ts";
import type { FileDraft } from "./draft-file.ts";
import { dottedPath } from "../dotted-path.ts";
import { isNothing, name } from "./expressions.ts";
import { setName } from "../scope/set-name.ts";

/**
 * A value that several places take, each its own part of it: it is kept in a name that no file can hold, so that no
 * call in it is read twice. Gives what each of them takes it by.
 */
export function keepOnce(draft: FileDraft, value: Expression): Expression {
  if (dottedPath(value) !== null || isNothing(value)) return value;
  const target = `<${value.at}>`;
  draft.emit(setName(value.at, target, value));
  return name(value.at, target);
}
