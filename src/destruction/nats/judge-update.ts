import type { Destruction } from "../destruction.ts";
import type { Found } from "../found.ts";
import { readRequest } from "./read-request.ts";

/** Limits that make a server throw away what is over them: 0 and less, or left out, is none. */
const limits = ["max_msgs", "max_bytes", "max_age", "max_msgs_per_subject"] as const;

/**
 * What STREAM.UPDATE destroys. The stream's limits of today are not in it: one that sets a limit may lower it, and is `likely`. One that sets none
 * takes nothing away (null counts as set: Go leaves an earlier value of the same name standing); `sealed` makes the stream useless for good. What cannot be read is taken for the worst.
 */
export function judgeUpdate(
  stream: string,
  payload: Uint8Array | null,
): (Found & Pick<Destruction, "certainty">) | null {
  const what = "$JS.API.STREAM.UPDATE";
  const found = { kind: "stream", what, names: [stream], certainty: "likely" } as const;
  const request = payload === null ? null : readRequest(payload);
  if (request === null) return found;
  const set = limits.filter((each) => {
    const value = request[each];
    return value !== undefined && !(typeof value === "number" && value <= 0);
  });
  if (set.length > 0) return { ...found, what: `${what} ${set.join(", ")}` };
  const isSealed = request["sealed"] !== undefined && request["sealed"] !== false;
  return isSealed ? { ...found, kind: "functional", what: `${what} sealed`, certainty: "certain" } : null;
}
