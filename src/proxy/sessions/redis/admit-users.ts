import type { Gate, WireRefusal } from "../ports.ts";
import { defaultUser, usersOf } from "./identity.ts";
import type { SessionCommand } from "./session-command.ts";
import { speakerOf } from "./session-state.ts";
import type { Place, SessionState } from "./session-state.ts";

/** Asks the gate for every user that a session wants to be, once; who says nothing wants to be `default`. */
export interface Door {
  /** Whether this command needs no word of the gate any more. */
  isOpenTo(command: SessionCommand): boolean;
  /** Null: come in. */
  admit(command: SessionCommand): Promise<WireRefusal | null>;
}

/** A replica asks for all that there is, and for what will be. */
const replicates = (name: string): boolean => name === "PSYNC" || name === "SYNC";

/** A HELLO without AUTH only greets: the name may come next. */
const greets = (command: SessionCommand): boolean =>
  command.name === "HELLO" && usersOf(command).length === 0;

export function openDoor(gate: Gate, state: SessionState, place: Place): Door {
  const answers = new Map<string, WireRefusal | null>();
  let hasGreeted = false;

  const usersToAsk = (command: SessionCommand): readonly string[] => {
    const named = usersOf(command);
    if (named.length > 0 || state.role !== "") return named;
    return [defaultUser];
  };
  const ask = async (
    user: string,
    isReplication: boolean,
    isUnnamed: boolean,
  ): Promise<WireRefusal | null> => {
    const admission = await gate.admit(speakerOf(state, place, user), {
      isReplication,
      roles: [],
      isUnnamed,
    });
    if (admission.kind === "refused") return admission.refusal;
    // Who has not said who he is, is nobody yet.
    if (!isUnnamed && admission.isAdmin) state.isAdmin = true;
    return null;
  };
  const askOnce = async (user: string): Promise<WireRefusal | null> => {
    const known = answers.get(user);
    if (known !== undefined) return known;
    const refusal = await ask(user, false, false);
    // A client that tries one name after the other is asked for again.
    if (answers.size < 64) answers.set(user, refusal);
    return refusal;
  };
  return {
    isOpenTo(command) {
      if (replicates(command.name)) return false;
      if (greets(command) && hasGreeted) return true;
      return usersToAsk(command).every((user) => answers.get(user) === null);
    },
    async admit(command) {
      if (greets(command) && state.role === "") {
        const refusal = await ask("", false, true);
        hasGreeted = refusal === null;
        return refusal;
      }
      for (const user of usersToAsk(command)) {
        const refusal = await askOnce(user);
        if (refusal !== null) return refusal;
      }
      // Whoever says nothing is `default` from now on, as far as anybody knows.
      if (state.role === "" && usersOf(command).length === 0) state.role = defaultUser;
      return replicates(command.name) ? ask(state.role, true, false) : null;
    },
  };
}
