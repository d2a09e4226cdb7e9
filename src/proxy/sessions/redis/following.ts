import type { WireDecider } from "../ports.ts";
import type { Answers } from "./answers.ts";
import { givenName, helloOptions, usersOf } from "./identity.ts";
import type { SessionCommand } from "./session-command.ts";
import type { Place, SessionState } from "./session-state.ts";

/** What one session's commands are taken with. */
export interface Following {
  readonly state: SessionState;
  readonly answers: Answers;
  readonly decider: WireDecider;
  readonly place: Place;
  /** Fires when the client is gone. */
  readonly gone: AbortSignal;
  /** Resolves when all that was sent is answered. */
  idle(): Promise<void>;
}

/** So many commands that nobody looks at are sent. */
export function takePlain({ state, answers }: Following, count: number): void {
  const open = (typeof state.transaction === "object" ? state.transaction : null) ?? state.begun;
  if (open !== null) open.queued += count;
  answers.expect(count);
}

/** What is otherwise once the command has run, if it did. */
export function effectsOf(
  state: SessionState,
  answers: Answers,
  command: SessionCommand,
): readonly (() => void)[] {
  const users = usersOf(command);
  const name = command.name === "HELLO" ? helloOptions(command.rest).clientName : givenName(command);
  const version = command.name === "HELLO" ? helloOptions(command.rest).version : null;
  const effects: (() => void)[] = [];
  if (users.length > 0)
    effects.push(() => (state.otherRoles = [...new Set([...state.otherRoles, ...users])].slice(-16)));
  if (name !== null) effects.push(() => (state.applicationName = name));
  if (version !== null) effects.push(() => answers.setProtocol(version));
  return effects;
}
