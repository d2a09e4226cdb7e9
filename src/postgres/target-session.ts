import type { SessionAttributes } from "./connection-settings.ts";

/** Whether a server is what `target_session_attrs` asks for. `facts` is the row that `connect` selects. */
export function isWanted(
  attributes: SessionAttributes | undefined,
  facts: Readonly<Record<string, unknown>> | undefined,
): boolean {
  const isStandby = facts?.["standby"] === true;
  const isReadOnly = isStandby || facts?.["read_only"] === "on";
  switch (attributes) {
    case undefined:
    case "any":
    case "prefer-standby":
      return true;
    case "primary":
      return !isStandby;
    case "standby":
      return isStandby;
    case "read-write":
      return !isReadOnly;
    case "read-only":
      return isReadOnly;
  }
}
