import type { HeldNotice } from "../../chokepoint/statements/statement.ts";
import type { HoldNotice } from "../sessions/ports.ts";

/** What a client that waits is told. Pure. */
export function tellHold({ dropId, approvers, approvals, expiresAt }: HeldNotice, now: Date): HoldNotice {
  const wanted = approvers - approvals;
  const people = wanted === 1 ? "another person approves it" : `${wanted} other people approve it`;
  const left = Math.max(0, Math.ceil((expiresAt.getTime() - now.getTime()) / 1000));
  return {
    message: `custody holds this until ${people}: drop ${dropId}`,
    detail: `${showLeft(left)} left, until ${expiresAt.toISOString()}; who goes away withdraws it`,
    hint: `they run: custody drop approve ${dropId}`,
  };
}

/** `45 s`, `9 min 31 s`, `3 h 20 min`: what is below a minute is nothing to who has hours. */
function showLeft(seconds: number): string {
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const words = [
    [hours, "h"],
    [minutes, "min"],
    [hours > 0 ? 0 : rest, "s"],
  ] as const;
  const shown = words.filter(([count]) => count > 0).map(([count, unit]) => `${count} ${unit}`);
  return shown.length === 0 ? "0 s" : shown.join(" ");
}
