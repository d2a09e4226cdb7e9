import type { Destruction } from "../../../destruction/destruction.ts";
import { judgeNatsPublish } from "../../../destruction/nats/judge-publish.ts";
import type { Publish } from "../../../wire/nats/client-grammar.ts";
import { writeError, writeMessage, writtenOk } from "../../../wire/nats/write-server.ts";
import type { JoinedEnds } from "../join-ends.ts";
import type { Speaker, WireDecider, WireVerdict } from "../ports.ts";
import type { AwaitedAnswers } from "./awaited-answers.ts";
import { describePublish } from "./describe-publish.ts";
import type { Subscriptions } from "./subscriptions.ts";
import { writeDone, writeRefusal } from "./write-answer.ts";

/** A message that may destroy; `rest`: bytes of it that are still to come. */
export interface Judged {
  readonly seen: Publish;
  readonly bytes: Uint8Array;
  readonly rest: number;
}

/** Messages that may destroy, on their way to the server. */
export interface Publishes {
  /** Sends it on or answers in the server's place; while that is being decided the client is held. */
  judge(speaker: Speaker, isVerbose: boolean, message: Judged): void;
  /** What is still to come of the last one. */
  rest(bytes: Uint8Array): void;
  /** What was approved in the meantime goes out: nothing of the client's is half-way. */
  between(): void;
  /** Nothing is being decided on. */
  readonly isIdle: boolean;
}

export interface PublishParts {
  readonly ends: JoinedEnds;
  readonly decider: WireDecider;
  readonly subscriptions: Subscriptions;
  readonly awaited: AwaitedAnswers;
  readonly signal: AbortSignal;
  /** Whether the client's message that goes by is whole; asks for it to be told when it is not. */
  readonly isBetween: () => boolean;
  readonly inject: (bytes: Uint8Array) => void;
  /** Something was decided. */
  readonly decided: () => void;
}

/** Of more messages of one client that wait for an approval, the client waits as well. */
const mostAside = 64;

export function openPublishes(parts: PublishParts): Publishes {
  const { ends, awaited, subscriptions } = parts;
  const due: Uint8Array[] = [];
  let sendsRest = true;
  let pending = 0;
  let aside = 0;

  const answer = ({ subject, reply }: Publish, isVerbose: boolean, payload: string): void => {
    const sids = reply === "" ? [] : subscriptions.find(reply);
    if (sids.length === 0) {
      parts.inject(writeError(`Permissions Violation for Publish to "${subject}"`));
      return;
    }
    if (isVerbose) parts.inject(writtenOk);
    for (const sid of sids) parts.inject(writeMessage(reply, sid, payload));
  };

  const carryOut = (
    verdict: WireVerdict,
    isVerbose: boolean,
    { seen, bytes }: Judged,
    isAside: boolean,
  ): void => {
    if (parts.signal.aborted) {
      const error = { code: "", message: "the client was gone before it was sent" };
      if (verdict.kind === "forward") verdict.settle({ outcome: "error", error });
      return;
    }
    const isSent = verdict.kind === "pass" || verdict.kind === "forward";
    if (!isAside) sendsRest = isSent;
    if (verdict.kind === "forward") awaited.add(seen.reply, verdict.settle);
    if (verdict.kind === "refused") answer(seen, isVerbose, writeRefusal(seen.subject, verdict.refusal));
    if (verdict.kind === "done") answer(seen, isVerbose, writeDone(seen.subject, verdict.isNoop));
    if (!isSent) return;
    if (!isAside || parts.isBetween()) ends.toServer(bytes);
    else due.push(bytes);
  };

  return {
    judge(speaker, isVerbose, message) {
      const destruction = recognise(message.seen);
      if (destruction === null) {
        sendsRest = true;
        ends.toServer(message.bytes);
        return;
      }
      let isAside = false;
      let holds = false;
      let isDecided = false;
      const verdict = parts.decider.decide(describePublish(speaker, destruction, message.seen), {
        signal: parts.signal,
        // It may take hours: the client's other messages do not wait for it, as requests to JetStream do not for one another.
        notice() {
          if (isDecided || isAside || message.rest > 0 || aside >= mostAside) return;
          isAside = true;
          aside += 1;
          if (holds) ends.release();
        },
      });
      if (!(verdict instanceof Promise)) {
        isDecided = true;
        if (isAside) aside -= 1;
        carryOut(verdict, isVerbose, message, false);
        return;
      }
      pending += 1;
      holds = !isAside;
      if (holds) ends.hold();
      void (async () => {
        const known = await verdict;
        isDecided = true;
        pending -= 1;
        if (isAside) aside -= 1;
        carryOut(known, isVerbose, message, isAside);
        if (!isAside) ends.release();
        parts.decided();
      })();
    },
    rest(bytes) {
      if (sendsRest) ends.toServer(bytes);
    },
    between() {
      for (const each of due.splice(0)) ends.toServer(each);
    },
    get isIdle() {
      return pending === 0;
    },
  };
}

/** What cannot be judged is refused like a destruction, not let through. */
function recognise(seen: Publish): Destruction | null {
  try {
    return judgeNatsPublish(seen);
  } catch {
    return { kind: "opaque", what: "PUB", names: [seen.subject], at: 0, certainty: "likely" };
  }
}
