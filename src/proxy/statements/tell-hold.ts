import { showSpan } from "../../chokepoint/show-span.ts";
import type { HeldNotice } from "../../chokepoint/statements/statement.ts";
import type { HoldNotice } from "../sessions/ports.ts";

/** What a client that waits is told. Pure. */
export function tellHold({ dropId, approvers, approvals, expiresAt }: HeldNotice, now: Date): HoldNotice {
  const wanted = approvers - approvals;
  const people = wanted === 1 ? "another person approves it" : `${wanted} other people approve it`;
  const left = Math.max(0, Math.ceil((expiresAt.getTime() - now.getTime()) / 1000)) * 1000;
  return {
    message: `custody holds this until ${people}: drop ${dropId}`,
    detail: `${showSpan(left)} left, until ${expiresAt.toISOString()}; who goes away withdraws it`,
    hint: `they run: custody drop approve ${dropId}`,
  };
}
