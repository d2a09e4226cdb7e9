import type { StandingFacts } from "../../backend.ts";
import type { FencePlan } from "../../drop.ts";
import type { Permit } from "../../permit.ts";
import { fence } from "./fence.ts";
import type { Hold } from "./hold.ts";
import { lastKey, undoPrefix } from "./key-names.ts";
import type { Command, Link } from "./link.ts";
import { readMark, readPlan, setMark } from "./marks.ts";
import type { RedisPlan } from "./marks.ts";
import { removeKeys } from "./move-keys.ts";
import { readAclLine } from "./acl-line.ts";
import { hasKeys } from "./scan-keys.ts";
import { readStanding } from "./standing.ts";
import { textOf } from "./replies.ts";

/**
 * Removes what is behind the fence, and nothing else: keys are found by the fence's own prefix alone, never by the tenant's, which may
 * be another's by now. Without a fence (mode off) one is put up first.
 */
export async function destroy(permit: Permit, hold: Hold, recorded: FencePlan): Promise<StandingFacts> {
  const plan = readPlan(recorded);
  const { control, work } = hold;
  // At the end of a retention the prefix may be another tenant's: there is a fence, or nothing to destroy.
  if (permit.event !== "drop.purge_started") await fence(hold, recorded);
  const { mark } = await readMark(control, plan.fenceId);
  // Never begun, or undone: what stands there is no longer this drop's.
  if (mark === "gone" || mark === "undoing") return await readStanding(hold, recorded);
  if ((mark === null || mark === "undone") && !(await hasKeys(work, plan.fencePrefix)))
    return await readStanding(hold, recorded);
  await control.ask(setMark(plan.fenceId, "destroying"));
  await removeKeys(work, plan.fencePrefix);
  // Of an undo that failed.
  await removeKeys(work, undoPrefix(plan.fenceId));
  await control.transact([...(await forgetLast(hold, plan)), setMark(plan.fenceId, "gone")]);
  return await readStanding(hold, recorded);
}

/** Where nobody has the name now, whoever gets it next need not be told from anybody. */
async function forgetLast({ control, work }: Hold, plan: RedisPlan): Promise<readonly Command[]> {
  const forgotten: Command[] = [];
  const isFreedByThis = async (link: Link, key: string): Promise<boolean> => {
    const reply = await link.ask(["GET", key]);
    return reply !== null && textOf(reply, "GET") === plan.fenceId;
  };
  if (plan.user !== null) {
    const key = lastKey("user", plan.user);
    if ((await isFreedByThis(control, key)) && (await readAclLine(control, plan.user)) === null)
      forgotten.push(["UNLINK", key]);
  }
  if (plan.prefix !== null) {
    const key = lastKey("keys", plan.prefix);
    if ((await isFreedByThis(control, key)) && !(await hasKeys(work, plan.prefix)))
      forgotten.push(["UNLINK", key]);
  }
  return forgotten;
}
