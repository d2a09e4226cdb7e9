import type { StandingFacts } from "../../backend.ts";
import type { FencePlan, JsonObject } from "../../drop.ts";
import { readAclLine } from "./acl-line.ts";
import type { Hold } from "./hold.ts";
import { keysId, readLast, userId } from "./identify.ts";
import { readMark, readPlan } from "./marks.ts";
import type { Mark } from "./marks.ts";
import { hasKeys } from "./scan-keys.ts";

/** What there is of a resource, by identity. */
interface Found {
  readonly mark: Mark | null;
  /** Keys behind the fence. */
  readonly isBehind: boolean;
  /** The very user, or the very keys, under their names; not those of who has the names now. */
  readonly hasUser: boolean;
  readonly hasKeys: boolean;
}

export async function readStanding({ control, work }: Hold, recorded: FencePlan): Promise<StandingFacts> {
  const plan = readPlan(recorded);
  const ids = new Set(recorded.identity.parts.map(({ part, id }) => `${part}:${id}`));
  const last = await readLast(control, recorded.identity.parts);
  const line = plan.user === null ? null : await readAclLine(control, plan.user);
  const hasUser = line !== null && ids.has(`user:${userId(plan.user ?? "", line, last.user)}`);
  const isOurs = plan.prefix !== null && ids.has(`keys:${keysId(plan.prefix, last.keys)}`);
  const found = {
    mark: (await readMark(control, plan.fenceId)).mark,
    isBehind: await hasKeys(work, plan.fencePrefix),
    hasUser,
    hasKeys: isOurs && (await hasKeys(work, plan.prefix ?? "")),
  };
  const witness: JsonObject = {
    mark: found.mark,
    fenced_keys: found.isBehind,
    user: found.hasUser,
    keys: found.hasKeys,
  };
  return { standing: judge(found), witness };
}

/**
 * The mark tells, since it is set before the first change and after the last. Without one (the server lost its memory, or evicted it) what
 * is there tells: `fencing` is said only where something of the resource itself is still under its name.
 */
export function judge({ mark, isBehind, hasUser, hasKeys: hasOwnKeys }: Found): StandingFacts["standing"] {
  switch (mark) {
    case "fencing":
    case "undoing":
      return "fencing";
    case "fenced":
      return "fenced";
    case "restoring":
    case "returning":
      // What is back so far is no fence: another attempt reads the tombstone again.
      return isBehind ? "fenced" : "gone";
    case "destroying":
      return "half-destroyed";
    case "gone":
      return "gone";
    case "undone":
      // Back from its tombstone, it left its fence as it was.
      return isBehind ? "fenced" : "intact";
    case null:
      if (isBehind) return hasUser || hasOwnKeys ? "fencing" : "fenced";
      return hasUser || hasOwnKeys ? "intact" : "gone";
  }
}
