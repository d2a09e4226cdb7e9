import { openReplyReader, replyType } from "../../../wire/redis/reply-reader.ts";
import type { ReplyReader } from "../../../wire/redis/reply-reader.ts";
import { isMessage, openSubscriptions, subscriptionKind } from "./subscriptions.ts";

/** What is read of the reply to a command that somebody waits for. */
export type Reply = Pick<ReplyReader, "type" | "isNull" | "text">;

export interface ReplyWatcher {
  reply(reply: Reply): void;
  /** The server is gone, and never answered. */
  lost(): void;
  /** Of the elements of an array that answers. */
  element?: (type: number, text: string) => void;
  /** What the session is depends on it: who speaks, whether in a transaction. */
  readonly settles: boolean;
}

/** Which reply of the server's belongs to which command, and where custody's own stand among them: one for each command, in their order. */
export interface Answers {
  /** So many commands are sent, each to be answered once. */
  expect(count: number): void;
  /** A command is sent, to be answered once. */
  watch(watcher: ReplyWatcher): void;
  /** A command is sent (`subscribe` and its kin) that is answered once for each channel; 0: for each one that there is. */
  expectSubscription(word: string, count: number): void;
  /** The answer to a command that is not sent. */
  say(bytes: Uint8Array): void;
  /** A command is sent in place of another, whose answer this is. */
  replace(bytes: Uint8Array): void;
  /** From the server. False when it cannot be read any more; it was passed on as it is. */
  take(bytes: Uint8Array): boolean;
  /** The session speaks RESP3: no array is a message. */
  setProtocol(version: number): void;
  /** Nothing is counted any more; for when all that was sent is answered. */
  goRaw(): void;
  resetSubscriptions(): void;
  lose(): void;
  readonly isRaw: boolean;
  /** No reply is awaited that says what the session is, and not very much is remembered of those that are. */
  readonly isSettled: boolean;
  /** No reply is awaited. */
  readonly isIdle: boolean;
}

/** Stands before the reply with this number, or for it. */
type Mark = { readonly at: number } & (
  | { readonly kind: "said" | "replaced"; readonly bytes: Uint8Array }
  | { readonly kind: "watched"; readonly watcher: ReplyWatcher }
  | { readonly kind: "subscription"; readonly word: string; left: number }
);

/** A client that asks on and on behind a command that blocks waits, too. */
const mostMarks = 1000;

export function openAnswers(write: (bytes: Uint8Array) => void): Answers {
  const reader = openReplyReader();
  const subscriptions = openSubscriptions();
  const marks: Mark[] = [];
  let sent = 0;
  let answered = 0;
  let unsettled = 0;
  let isRaw = false;
  let isResp3 = false;

  const headOfTurn = (): Mark | null => {
    const head = marks[0];
    return head !== undefined && head.at === answered ? head : null;
  };
  const turn = (): void => {
    const head = headOfTurn();
    reader.element = head?.kind === "watched" ? (head.watcher.element ?? null) : null;
  };
  const add = (mark: Mark): void => {
    marks.push(mark);
    if (mark.kind !== "said") sent += 1;
    turn();
  };
  /** What custody says itself, as soon as it is its turn. */
  const sayWhatIsDue = (): void => {
    for (let head = headOfTurn(); head?.kind === "said"; head = headOfTurn()) {
      marks.shift();
      write(head.bytes);
    }
    turn();
  };

  /** Whether it is a push, or in RESP2 an array that is as good as one. */
  const isPushed = (): boolean => {
    if (reader.type === replyType.push) {
      isResp3 = true;
      return true;
    }
    if (reader.type !== replyType.array || isResp3) return false;
    const mayBe = subscriptions.isAny || sent === answered || headOfTurn()?.kind === "subscription";
    if (!mayBe) return false;
    const word = reader.firstWord();
    return subscriptionKind(word) !== null || (subscriptions.isAny && isMessage(word));
  };
  const takePushed = (): void => {
    const word = reader.firstWord();
    const kind = subscriptionKind(word);
    if (kind === null) return;
    const head = headOfTurn();
    const isAwaited = head?.kind === "subscription" && head.word === word;
    if (isAwaited && head.left === 0) head.left = subscriptions.answersToLeaving(kind);
    subscriptions.note(word, reader.lastInteger);
    if (!isAwaited) return;
    head.left -= 1;
    if (head.left > 0) return;
    marks.shift();
    answered += 1;
  };
  /** What stands in the place of the reply that has come whole; null: itself. */
  const takeReply = (): Uint8Array | null => {
    if (isPushed()) {
      takePushed();
      return null;
    }
    const head = headOfTurn();
    if (answered < sent && head?.kind !== "said") answered += 1;
    if (head === null || head.kind === "said") return null;
    marks.shift();
    if (head.kind === "replaced") return head.bytes;
    if (head.kind === "watched") {
      if (head.watcher.settles) unsettled -= 1;
      head.watcher.reply(reader);
    }
    return null;
  };
  /** Whether the reply that has begun is one that nobody shall see: a line, as both of its kinds are. */
  const isSwallowed = (): boolean =>
    headOfTurn()?.kind === "replaced" &&
    (reader.type === replyType.simple || reader.type === replyType.error);

  return {
    expect(count) {
      if (!isRaw) sent += count;
    },
    watch(watcher) {
      if (watcher.settles) unsettled += 1;
      add({ at: sent, kind: "watched", watcher });
    },
    expectSubscription: (word, count) => add({ at: sent, kind: "subscription", word, left: count }),
    say(bytes) {
      if (isRaw) return write(bytes);
      add({ at: sent, kind: "said", bytes });
      if (reader.isBetween) sayWhatIsDue();
    },
    replace: (bytes) => add({ at: sent, kind: "replaced", bytes }),
    take(bytes) {
      if (isRaw) {
        write(bytes);
        return true;
      }
      let from = 0;
      let at = 0;
      const pass = (to: number): void => {
        if (to > from) write(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to));
      };
      while (at < bytes.length) {
        const start = at;
        at = reader.read(bytes, at);
        if (reader.event === "broken") break;
        const isHidden = marks.length > 0 && isSwallowed();
        if (isHidden) {
          pass(start);
          from = at;
        }
        if (reader.event === "more") break;
        const instead = takeReply();
        if (instead !== null) write(instead);
        if (marks.length === 0) continue;
        if (headOfTurn()?.kind === "said") {
          pass(at);
          from = at;
        }
        sayWhatIsDue();
      }
      pass(bytes.length);
      return reader.event !== "broken";
    },
    setProtocol(version) {
      isResp3 = version >= 3;
    },
    goRaw() {
      isRaw = true;
    },
    resetSubscriptions: () => subscriptions.reset(),
    lose() {
      unsettled = 0;
      for (const mark of marks.splice(0)) if (mark.kind === "watched") mark.watcher.lost();
    },
    get isRaw() {
      return isRaw;
    },
    get isSettled() {
      return unsettled === 0 && marks.length < mostMarks;
    },
    get isIdle() {
      return answered === sent && marks.length === 0 && reader.isBetween;
    },
  };
}
