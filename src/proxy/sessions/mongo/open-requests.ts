import type { Destruction } from "../../../destruction/destruction.ts";
import { judgeCommand } from "../../../destruction/mongo/wire/judge-command.ts";
import { asBuffer } from "../../../wire/gather.ts";
import { opcodes } from "../../../wire/mongo/opcodes.ts";
import { mayRenumber, renumberRequest } from "../../../wire/mongo/renumber.ts";
import type { Element } from "../../../wire/mongo/bson.ts";
import type { Message } from "../../../wire/mongo/read-message.ts";
import type { JoinedEnds } from "../join-ends.ts";
import type { Settled, Sighting, Speaker, WireDecider, WireVerdict } from "../ports.ts";
import { describeCommand, isInTransaction } from "./describe-command.ts";
import { readOutcome } from "./read-outcome.ts";
import type { ServerSide } from "./server-side.ts";
import { errors, writeDone, writeFailure, writeRefusal } from "./write-answer.ts";

/** A client's messages that may destroy, on their way to the server. */
export interface Requests {
  /** Sends it on or answers in the server's place; while that is being decided the client is held. */
  judge(
    by: { readonly speaker: Speaker; readonly isProved: boolean; readonly isNumberNew: boolean },
    message: Message,
    bytes: Uint8Array,
  ): void;
  /** What is still to come of the last one. */
  rest(bytes: Uint8Array): void;
  /** Answers in the server's place; whoever waits for no answer is cut off. */
  answer(message: Message, answer: Uint8Array): void;
  /** Sends on what need not be judged. */
  send(bytes: Uint8Array): void;
  readonly isIdle: boolean;
}

export interface RequestParts {
  readonly ends: JoinedEnds;
  readonly serverSide: ServerSide;
  readonly decider: WireDecider;
  readonly signal: AbortSignal;
  readonly warn: (message: string) => void;
  /** Something was decided. */
  readonly decided: () => void;
}

export function openRequests(parts: RequestParts): Requests {
  const { ends, serverSide } = parts;
  let sendsRest = true;
  let isPending = false;

  const send = (bytes: Uint8Array): void => {
    sendsRest = true;
    ends.toServer(bytes);
  };
  const answer = (message: Message, bytes: Uint8Array): void => {
    sendsRest = false;
    if (message.wantsAnswer) {
      serverSide.inject(bytes);
      return;
    }
    parts.warn("a client was refused that waits for no answer: its connection is closed");
    ends.finish();
  };
  const carryOut = (
    verdict: WireVerdict,
    message: Message,
    bytes: Uint8Array,
    isNumberNew: boolean,
  ): void => {
    if (parts.signal.aborted) {
      const error = { code: "", message: "the client was gone before it was sent" };
      if (verdict.kind === "forward") verdict.settle({ outcome: "error", error });
      return;
    }
    switch (verdict.kind) {
      case "forward":
        send(expect(message, bytes, isNumberNew, verdict.settle));
        break;
      case "pass":
        send(bytes);
        break;
      case "refused":
        answer(message, writeRefusal(message, verdict.refusal));
        break;
      case "done":
        answer(message, writeDone(message, verdict.isNoop));
    }
  };
  /** What is sent on in place of a message whose answer is awaited. */
  const expect = (
    message: Message,
    bytes: Uint8Array,
    isNumberNew: boolean,
    settle: (settled: Settled) => void,
  ): Uint8Array => {
    const { command, requestId, wantsAnswer, isWhole } = message;
    const mayTell = isNumberNew || mayRenumber(asBuffer(bytes), isWhole);
    if (command === null || !wantsAnswer || !mayTell) {
      settle({ outcome: "unknown", error: null });
      return bytes;
    }
    const isUndoable = isInTransaction(command);
    const tell = (found: Element | null): void => settle(readOutcome(command.name, isUndoable, found));
    if (!isNumberNew) return renumberRequest(asBuffer(bytes), serverSide.awaitAnew(requestId, tell));
    serverSide.await(requestId, tell);
    return bytes;
  };

  return {
    send,
    answer,
    judge({ speaker, isProved, isNumberNew }, message, bytes) {
      const destructions = recognise(message);
      if (destructions === null) {
        answer(message, writeFailure(message, errors.invalidBson, "custody: the command cannot be read"));
        return;
      }
      if (destructions.length === 0) {
        send(bytes);
        return;
      }
      const described = describe(speaker, destructions, message);
      if (typeof described === "string") {
        answer(message, writeFailure(message, errors.unauthorized, described));
        return;
      }
      const sighting = isProved ? described : ({ ...described, isUnproved: true } as const);
      const verdict = parts.decider.decide(sighting, { signal: parts.signal, notice: () => undefined });
      if (!(verdict instanceof Promise)) {
        carryOut(verdict, message, bytes, isNumberNew);
        return;
      }
      isPending = true;
      ends.hold();
      void (async () => {
        const known = await verdict;
        isPending = false;
        carryOut(known, message, bytes, isNumberNew);
        ends.release();
        parts.decided();
      })();
    },
    rest(bytes) {
      if (sendsRest) ends.toServer(bytes);
    },
    get isIdle() {
      return !isPending;
    },
  };
}

/** A text: why it cannot be decided on. */
function describe(
  speaker: Speaker,
  destructions: readonly Destruction[],
  { command }: Message,
): Sighting | string {
  try {
    const described = describeCommand(speaker, destructions, command);
    return described ?? "custody: a command that destroys in several databases; send one for each";
  } catch {
    return "custody: the command cannot be read";
  }
}

/** Null: it cannot be read for certain, so it is not let through. */
function recognise(message: Message): readonly Destruction[] | null {
  const { opcode, command, isWhole } = message;
  if (opcode !== opcodes.message)
    return [{ kind: "opaque", what: nameOf(opcode), names: [], at: 0, certainty: "likely" }];
  if (command === null) return null;
  try {
    return judgeCommand(command, isWhole);
  } catch {
    return null;
  }
}

/** Messages of before MongoDB 3.6: those that hold commands and those that delete are not told apart. */
function nameOf(opcode: number): string {
  if (opcode === opcodes.delete) return "OP_DELETE";
  return opcode === opcodes.query ? "OP_QUERY" : `opcode ${opcode}`;
}
