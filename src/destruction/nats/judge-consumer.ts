import type { Destruction } from "../destruction.ts";
import type { Found } from "../found.ts";
import { configSendsToServed } from "./judge-republish.ts";

/**
 * What a request about a consumer destroys. The server's own messages to a consumer's `deliver_subject` (its heartbeats; ADR-15) are requests where that is a
 * subject of requests. With a consumer goes, of a stream that keeps messages by interest, what nobody else waits for.
 */
export function judgeConsumer(
  stream: string,
  isDelete: boolean,
  payload: Uint8Array | null,
): (Found & Pick<Destruction, "certainty">) | null {
  if (isDelete)
    return { kind: "keys", what: "$JS.API.CONSUMER.DELETE", names: [stream], certainty: "likely" };
  return configSendsToServed(payload, "deliver_subject")
    ? {
        kind: "stream",
        what: "$JS.API.CONSUMER.CREATE deliver_subject",
        names: [stream],
        certainty: "likely",
      }
    : null;
}
