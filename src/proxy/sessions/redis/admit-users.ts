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

export function openDoor(gate: Gate, state: SessionState, place: Place): Door {
  const answers = new Map<string, WireRefusal | null>();

  const usersToAsk = (command: SessionCommand): readonly string[] => {
    const named = usersOf(command);
    if (named.length > 0 || state.role !== "") return named;
    return [defaultUser];
  };
  const ask = async (user: string, isReplication: boolean): Promise<WireRefusal | null> => {
    const known = isReplication ? undefined : answers.get(user);
    if (known !== undefined) return known;
    const admission = await gate.admit(speakerOf(state, place, user), { isReplication, roles: [] });
    const refusal = admission.kind === "refused" ? admission.refusal : null;
    // A client that tries one name after the other is asked for again.
    if (answers.size < 64 && !isReplication) answers.set(user, refusal);
    return refusal;
  };
  return {
    isOpenTo: (command) =>
      !replicates(command.name) && usersToAsk(command).every((user) => answers.get(user) === null),
    async admit(command) {
      const isReplication = replicates(command.name);
      const users = usersToAsk(command);
      for (const user of isReplication && users.length === 0 ? [state.role] : users) {
        const refusal = await ask(user, isReplication);
        if (refusal !== null) return refusal;
      }
      // Whoever says nothing is `default` from now on, as far as anybody knows.
      if (state.role === "" && usersOf(command).length === 0) state.role = defaultUser;
      return null;
    },
  };
}
