import type { FencePlan, Identity } from "../../drop.ts";
import { TargetRefused } from "../../target-refusal.ts";
import { findLine, readAclLine, saveUsers, writeAclLine } from "./acl-line.ts";
import type { Hold } from "./hold.ts";
import { userId } from "./identify.ts";
import { markKey } from "./key-names.ts";
import type { Link } from "./link.ts";
import { readMark, readPlan, setLast, setMark } from "./marks.ts";
import type { Mark, RedisPlan } from "./marks.ts";
import { moveKeys } from "./move-keys.ts";
import { listOf, textOf } from "./replies.ts";

/**
 * The user goes first, with its connections: nobody writes as it while the keys are renamed. What others write under the prefix from then
 * on is theirs and stays. The mark that the fence is complete and those that tell the names' next owners from this one appear in one
 * transaction, so that nothing of a next owner is ever renamed.
 */
export async function fence({ control, work }: Hold, recorded: FencePlan): Promise<void> {
  const plan = readPlan(recorded);
  const { mark } = await readMark(control, plan.fenceId);
  if (mark === "fenced" || mark === "destroying" || mark === "gone") return;
  if (mark !== "fencing" && plan.user !== null)
    requireDecidedOn(recorded.identity, { ...plan, line: await readAclLine(control, plan.user) });
  await control.ask(setMark(plan.fenceId, "fencing"));
  await removeUser(control, plan, recorded, mark);
  if (plan.prefix !== null) await moveKeys(work, plan.prefix, plan.fencePrefix, () => undefined);
  await control.transact([...setLast(plan, "this"), setMark(plan.fenceId, "fenced")]);
}

/** Throws where the user is another than the one of the identity; one that is gone is in nobody's way. */
export function requireDecidedOn(identity: Identity, { user, line, last }: RedisPlan): void {
  if (user === null || line === null) return;
  const id = userId(user, line, last.user);
  if (!identity.parts.some((each) => each.part === "user" && each.id === id)) throw changed(user);
}

async function removeUser(
  control: Link,
  plan: RedisPlan,
  recorded: FencePlan,
  before: Mark | null,
): Promise<void> {
  if (plan.user === null || plan.line === null) return;
  const [lines] =
    (await control.transact([
      ["ACL", "LIST"],
      ["ACL", "DELUSER", plan.user],
    ])) ?? [];
  const removed = findLine(
    listOf(lines, "ACL LIST").map((each) => textOf(each, "ACL LIST")),
    plan.user,
  );
  try {
    requireDecidedOn(recorded.identity, { ...plan, line: removed });
  } catch (error) {
    // Since it was looked at somebody changed the user: it is what they made of it again.
    if (removed !== null) await writeAclLine(control, removed);
    if (before !== "fencing") await control.ask(["UNLINK", markKey(plan.fenceId)]);
    throw error;
  }
  await saveUsers(control);
}

function changed(user: string): TargetRefused {
  return new TargetRefused({
    code: "CHANGED",
    message: `the user ${user} is not the one that was decided on: its ACL line has changed`,
    hint: "ask again for the drop, of the user as it is now",
    isPassing: false,
  });
}
