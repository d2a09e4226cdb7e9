import { longestLine } from "../../../wire/redis/command-limits.ts";
import type { CommandLimits } from "../../../wire/redis/command-limits.ts";
import { openCommandReader } from "../../../wire/redis/command-reader.ts";
import { openHeldBytes } from "./held-bytes.ts";
import { isWatchedCommand } from "./session-command.ts";
import type { Step } from "./step.ts";

/** Who is told what a client sends. */
export interface ClientListener {
  /** Bytes for the server, in their order; they are not touched any more. */
  forward(bytes: Uint8Array): void;
  /** So many commands that nobody watches went with what is forwarded next. */
  plain(count: number): void;
  /** A command that is watched, or so much of it as is held at most. A promise: what comes behind it waits. */
  take(bytes: Uint8Array): Step | Promise<Step>;
  /** Nothing that comes can be read any more. */
  broken(problem: string): void;
  /** The step is close. */
  closing(): void;
  /** What waited has gone on, and nothing waits now. */
  caughtUp(): void;
}

/** Bytes of a client to commands to steps, in order; what is not watched goes on in one piece as it came. */
export interface ClientBytes {
  push(bytes: Uint8Array): void;
  /** Bytes that wait behind a command that is being decided on. */
  readonly waiting: number;
  readonly isBlocked: boolean;
  /** Between two commands, with nothing waiting. */
  readonly isIdle: boolean;
}

export function readClient(
  limits: CommandLimits & { readonly wholeBytes: number },
  isOpen: () => boolean,
  listener: ClientListener,
): ClientBytes {
  const reader = openCommandReader(
    limits,
    (bytes, from, to, words) => !isOpen() || isWatchedCommand(bytes, from, to, words),
  );
  const held = openHeldBytes();
  const most = Math.max(limits.wholeBytes, 2 * longestLine);
  const backlog: Uint8Array[] = [];
  let waiting = 0;
  let isBlocked = false;
  let isOver = false;
  /** The rest of a command that was judged before its end goes nowhere. */
  let isDiscarding = false;

  const forward = (bytes: Uint8Array, from: number, to: number): void => {
    if (to > from) listener.forward(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to));
  };
  const apply = (step: Step, bytes: Uint8Array): void => {
    switch (step.kind) {
      case "pass":
        listener.forward(bytes);
        break;
      case "send":
        listener.forward(step.bytes);
        break;
      case "close":
        isOver = true;
        listener.closing();
        break;
      case "drop":
    }
  };
  const block = async (pending: Promise<Step>, act: (step: Step) => void): Promise<void> => {
    isBlocked = true;
    const step = await pending;
    isBlocked = false;
    act(step);
    while (!isStopped()) {
      const next = backlog.shift();
      if (next === undefined) return listener.caughtUp();
      waiting -= next.length;
      feed(next);
    }
  };
  const isStopped = (): boolean => isBlocked || isOver;

  const tellPlain = (): void => {
    const count = reader.takePlain();
    if (count > 0) listener.plain(count);
  };

  /** A command is judged by its beginning: it is longer than what is held. */
  const takeBeginning = (): void => {
    const bytes = held.take();
    const act = (step: Step): void => {
      reader.letGo();
      isDiscarding = step.kind !== "pass";
      apply(step, bytes);
    };
    const step = listener.take(bytes);
    if (step instanceof Promise) void block(step, act);
    else act(step);
  };

  const feed = (bytes: Uint8Array): void => {
    let from = 0;
    let at = 0;
    while (at < bytes.length) {
      at = reader.read(bytes, at);
      tellPlain();
      if (reader.event === "more") break;
      if (reader.event === "broken") {
        forward(bytes, from, Math.max(from, reader.start));
        isOver = true;
        listener.broken(reader.problem);
        return;
      }
      if (reader.event === "rest") {
        if (isDiscarding) from = at;
        isDiscarding = false;
        continue;
      }
      const start = Math.max(reader.start, 0);
      const isWhole = held.length === 0;
      if (!isWhole) held.add(bytes.subarray(0, at));
      const command = isWhole ? bytes.subarray(start, at) : held.take();
      const step = listener.take(command);
      // It goes on with what stands around it.
      if (!(step instanceof Promise) && step.kind === "pass" && isWhole) continue;
      forward(bytes, from, start);
      from = at;
      if (step instanceof Promise) {
        keep(bytes, at);
        void block(step, (decided) => apply(decided, command));
        return;
      }
      apply(step, command);
      if (isOver) return;
    }
    if (isDiscarding) return;
    if (!reader.isWatching) return forward(bytes, from, bytes.length);
    const start = Math.max(reader.start, from);
    forward(bytes, from, start);
    held.add(bytes.subarray(start));
    if (held.length > most) takeBeginning();
  };

  const keep = (bytes: Uint8Array, at: number): void => {
    if (at === bytes.length) return;
    backlog.unshift(bytes.subarray(at));
    waiting += bytes.length - at;
  };

  return {
    push(bytes) {
      if (isOver || bytes.length === 0) return;
      if (!isBlocked) return feed(bytes);
      backlog.push(bytes);
      waiting += bytes.length;
    },
    get waiting() {
      return waiting;
    },
    get isBlocked() {
      return isBlocked;
    },
    get isIdle() {
      return !isBlocked && waiting === 0 && held.length === 0 && reader.isBetween;
    },
  };
}
