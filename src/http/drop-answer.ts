import type { Answer, RequestAnswer } from "../chokepoint/api.ts";
import { describeDrop } from "../chokepoint/documents/drop-document.ts";
import type { Drop, RefusalSite } from "../chokepoint/drop.ts";
import { answerJson, Problem } from "./problem.ts";
import type { Asker } from "./route.ts";

const retryAfterSeconds = 5;
const retryAfter = { "retry-after": String(retryAfterSeconds) };

/** Where a no may be a yes in a minute: it was not the request that was wrong. */
const passing = new Set<RefusalSite>(["terminality", "breaker", "target", "tombstone", "ledger"]);

/** The status of a request that was recorded (formats.md section 7). */
function statusOf(drop: Drop): 202 | 403 | 503 {
  if (drop.state === "denied") return 403;
  if (drop.state !== "refused") return 202;
  return drop.refusal?.isPassing === true && passing.has(drop.refusal.site) ? 503 : 403;
}

/** Throws `Problem`. */
export function answerRequest(answer: RequestAnswer, asker: Asker): Response {
  switch (answer.kind) {
    case "new": {
      const status = statusOf(answer.drop);
      return answerDrop(answer.drop, status, status === 503 ? retryAfter : {});
    }
    case "repeat":
      return answerDrop(answer.drop, 200);
    case "conflict":
      throw new Problem(
        "request-conflict",
        `request_id ${answer.drop.request.requestId} is that of another drop, which asks for something else`,
        maySee(asker, answer.drop) ? { members: describeDrop(answer.drop) } : {},
      );
    case "invalid":
      throw new Problem("invalid", answer.reason);
    case "unrecorded":
      throw new Problem("unavailable", answer.reason, { headers: retryAfter });
    case "undecided":
      throw new Problem(
        "unavailable",
        `whether drop ${answer.dropId} was done is not known yet: ${answer.reason}`,
        { headers: retryAfter },
      );
  }
}

/** What became of a person's word. Throws `Problem`. */
export function answerWord(answer: Answer, status: 200 | 202): Response {
  switch (answer.kind) {
    case "done":
      return answerDrop(answer.drop, status);
    case "not-found":
      throw noSuchDrop();
    case "forbidden":
    case "conflict":
      throw new Problem(answer.kind, answer.reason, { members: describeDrop(answer.drop) });
  }
}

/** The same for what is not there and for what is not for this caller. */
export function noSuchDrop(): Problem {
  return new Problem("not-found", "there is no such drop");
}

export function unavailable(detail: string): Problem {
  return new Problem("unavailable", detail, { headers: retryAfter });
}

/** A caller that is limited to targets sees the drops of those alone. */
export function maySee({ targets }: Asker, drop: Drop): boolean {
  return targets === null || targets.includes(drop.request.target);
}

function answerDrop(drop: Drop, status: number, headers: Readonly<Record<string, string>> = {}): Response {
  return answerJson(status, describeDrop(drop), { location: `/v1/drops/${drop.dropId}`, ...headers });
}
