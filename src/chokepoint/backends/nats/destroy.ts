import type { StandingFacts } from "../../backend.ts";
import type { Permit } from "../../permit.ts";
import { TargetRefused } from "../../target-refusal.ts";
import { done, errCodes, refused } from "./api.ts";
import type { JetStream } from "./api.ts";
import type { Saved } from "./saved.ts";
import { readStanding } from "./standing.ts";

/**
 * Deletes the stream, or the consumer, that was made at the time which the plan holds, and nothing else. JetStream has no delete on a
 * condition: it is asked in the moment before, and afterwards. What a purge finds without its fence was taken back by somebody.
 */
export async function destroyPlace(api: JetStream, permit: Permit, saved: Saved): Promise<StandingFacts> {
  const before = await readStanding(api, saved);
  if (before.standing === "gone") return before;
  if (before.standing === "intact" && permit.event === "drop.purge_started")
    throw new TargetRefused({
      code: "fence-missing",
      message: `${saved.consumer ?? saved.stream} is not behind its fence any more`,
      hint: "somebody gave it back around custody: ask for a new drop",
      isPassing: false,
    });
  const subject =
    saved.consumer === null
      ? `STREAM.DELETE.${saved.stream}`
      : `CONSUMER.DELETE.${saved.stream}.${saved.consumer}`;
  const reply = await api.ask(subject, {}, done);
  const absent: readonly number[] = [errCodes.streamNotFound, errCodes.consumerNotFound];
  if (!reply.ok && !absent.includes(reply.error.err_code)) throw refused(reply.error);
  return await readStanding(api, saved);
}
