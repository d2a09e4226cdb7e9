import type { Speaker } from "../ports.ts";
import type { Transaction } from "./transaction.ts";

/** What a session is, as far as the server's replies have told. */
export interface SessionState {
  role: string;
  /** Users whose AUTH was answered where nobody saw it. */
  otherRoles: readonly string[];
  database: string;
  applicationName: string;
  /** `perhaps`: the reply to MULTI was not seen. An object: the server has said OK to it. */
  transaction: Transaction | "perhaps" | null;
  /** The MULTI of it is sent and not answered. */
  begun: Transaction | null;
  /** CLIENT REPLY OFF: nothing is answered. */
  isMute: boolean;
  /** CLIENT REPLY SKIP: the next command is not answered. */
  isSkipping: boolean;
}

/** At the start, and after RESET. */
export const freshState = {
  role: "",
  otherRoles: [],
  database: "0",
  applicationName: "",
  transaction: null,
  begun: null,
  isMute: false,
  isSkipping: false,
} as const satisfies SessionState;

export type Place = Pick<Speaker, "sessionId" | "listener" | "target" | "peer" | "certificate">;

export function speakerOf(state: SessionState, place: Place, role: string = state.role): Speaker {
  const { sessionId, listener, target, peer, certificate } = place;
  const { otherRoles, database, applicationName } = state;
  return {
    sessionId,
    listener,
    target,
    protocol: "redis",
    role,
    otherRoles,
    database,
    peer,
    certificate,
    applicationName,
  };
}
