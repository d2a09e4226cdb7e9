import { replyMode } from "./identity.ts";
import type { SessionCommand } from "./session-command.ts";
import { subscriptionKind } from "./subscriptions.ts";

/** Whether what follows is counted otherwise where this command runs, and as before where it does not: only its own answer tells. */
export function countsOtherwise(command: SessionCommand): boolean {
  const { name } = command;
  // REPLCONF ACK and GETACK are not answered at all (replication.c).
  if (name === "REPLCONF") return true;
  return name === "HELLO" || subscriptionKind(name.toLowerCase()) !== null || replyMode(command) !== null;
}
