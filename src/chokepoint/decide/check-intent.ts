import type { Intent, Refusal } from "../drop.ts";
import type { TargetPolicy } from "../target-policy.ts";
import { refuse } from "./refusal.ts";

/** Whether the request says who wants it gone and why, and still means it. Null: it does. Pure. */
export function checkIntent(intent: Intent, policy: TargetPolicy, now: Date): Refusal | null {
  if (intent.reason.trim() === "") return refuse("intent", "the intent gives no reason");
  const { notAfter, resourceStatus } = intent;
  if (policy.intent.isRequired && notAfter === null)
    return refuse("intent", "the intent does not say until when it is valid: not_after");
  if (policy.intent.isRequired && resourceStatus === null)
    return refuse("intent", "the intent does not say in which state the resource is: resource_status");
  if (notAfter !== null && notAfter <= now)
    return refuse("intent", `the intent expired at ${notAfter.toISOString()}`);
  const { longestMs } = policy.intent;
  if (notAfter !== null && longestMs !== null && notAfter.getTime() - now.getTime() > longestMs)
    return refuse("intent", `the intent is valid for too long: until ${notAfter.toISOString()}`);
  const terminal = policy.terminality?.terminal;
  if (resourceStatus !== null && terminal !== undefined && !terminal.includes(resourceStatus))
    return refuse(
      "intent",
      `the resource is ${JSON.stringify(resourceStatus)}, says the intent itself: not one of ${terminal.join(", ")}`,
    );
  return null;
}
