import type { ListenerSection } from "../../config/listener-schema.ts";
import { recognisedKinds } from "../../destruction/wire-kinds.ts";
import { softKinds } from "./why-not-soft.ts";

/** Rules of a policy that no statement can meet, and fences that nobody can put up. Pure. */
export function* nameWhatNeverHappens(
  protocol: ListenerSection["protocol"],
  policy: NonNullable<ListenerSection["policy"]>,
): Generator<string> {
  const spoken = recognisedKinds[protocol];
  let after: number | null = null;
  for (const [index, { kinds, databases, roles, names, tags, action }] of policy.entries()) {
    const strange = kinds?.filter((kind) => !spoken.includes(kind)) ?? [];
    if (after !== null) yield `policy[${index}] is never met: policy[${after}] is met by everything`;
    else if (strange.length > 0)
      yield `policy[${index}] speaks of ${strange.join(", ")}, which ${protocol} has not`;
    const unfenced = (kinds ?? spoken).filter((kind) => spoken.includes(kind) && !softKinds.has(kind));
    if (action === "soft" && unfenced.length > 0)
      yield `policy[${index}] is soft, and there is no fence for ${unfenced.join(", ")}: that is denied`;
    const isForAll = [databases, roles, names, tags].every((each) => each === undefined);
    if (after === null && isForAll && (kinds === undefined || spoken.every((kind) => kinds.includes(kind))))
      after = index;
  }
}
