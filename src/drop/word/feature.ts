import type { DropDocument } from "../../chokepoint/documents/drop-document.ts";
import type { Feature, StepFact } from "../../run/contract.ts";
import { step } from "../../run/step.ts";
import { toneOf } from "../describe-drop.ts";
import { verdictOf } from "../drop-verdict.ts";
import type { DropApi, Ticket, Word } from "../ports.ts";
import { describeMove, waitForEnd } from "../wait-for-end.ts";
import type { DropMoved } from "../wait-for-end.ts";
import { report } from "./report.ts";

export interface WordInput {
  readonly dropId: string;
  readonly body: Readonly<Record<string, string | null>>;
  readonly waits: boolean;
}

export type WordFact =
  | StepFact
  | DropMoved
  | { readonly type: "ticket-given"; readonly ticket: Ticket }
  | { readonly type: "word-refused"; readonly reason: string };

/** `done`: it was taken, and what it led to is in the drop; `refused`: not from this caller, or not as the drop stands. */
export type WordVerdict = "done" | "held" | "refused" | "failed" | "not-run";

export interface WordState {
  readonly word: Word;
  readonly dropId: string;
  readonly drop: DropDocument | null;
  readonly ticket: Ticket | null;
  readonly reason: string | null;
}

type WordPorts = Pick<DropApi, "say" | "follow">;
type WordFeature = Feature<WordInput, WordPorts, WordFact, WordVerdict, WordState>;

const titles: Readonly<Record<Word, string>> = {
  approve: "Approve the drop",
  deny: "Deny the drop",
  ticket: "Approve it in advance",
  undo: "Bring it back",
  purge: "Ask for its destruction",
};

/** One word about one drop: approve, deny, ticket, undo, purge. */
export function wordFeature(word: Word): WordFeature {
  return {
    command: `drop ${word}`,
    async *run({ dropId, body, waits }, api, signal) {
      const said = yield* step(word, titles[word], () => api.say(dropId, word, body), {
        describe: (each) => (each.kind === "done" ? each.drop.state : "refused"),
      });
      if (said.kind === "refused") {
        yield { type: "word-refused", reason: said.reason };
        return "refused";
      }
      yield { type: "drop-moved", drop: said.drop };
      if (word === "ticket") {
        if (!said.ticket) return "held";
        yield { type: "ticket-given", ticket: said.ticket };
        return "done";
      }
      return judge(word, waits ? yield* waitForEnd(said.drop, api, signal) : said.drop);
    },
    initial: ({ dropId }) => ({ word, dropId, drop: null, ticket: null, reason: null }),
    reduce: (state, event) => {
      if (event.type === "drop-moved") return { ...state, drop: event.drop };
      if (event.type === "ticket-given") return { ...state, ticket: event.ticket };
      return event.type === "word-refused" ? { ...state, reason: event.reason } : state;
    },
    report,
    describe: (event) =>
      event.type === "drop-moved" ? { tone: toneOf(event.drop), text: describeMove(event) } : undefined,
    live: (event) => (event.type === "drop-moved" ? describeMove(event) : undefined),
  };
}

function judge(word: Word, drop: DropDocument): WordVerdict {
  const verdict = verdictOf(drop);
  switch (verdict) {
    case "denied":
      return word === "deny" ? "done" : "refused";
    case "refused":
    case "held":
      return verdict;
    case "failed":
    case "unproved":
    case "unknown":
      return "failed";
    case "accepted":
    case "completed":
    case "noop":
    case "undoing":
    case "undone":
      return "done";
  }
}
