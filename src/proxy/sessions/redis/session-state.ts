import type { Speaker } from "../ports.ts";
import type { Transaction } from "./transaction.ts";

/** What a session is, as far as the server's replies have told. */
export interface SessionState {
  role: string;
  /** Users whose AUTH was answered where nobody saw it. */
  otherRoles: readonly string[];
  /** Of any user that the gate has let in here. */
  isAdmin: boolean;
  database: string;
  /** Every SELECT was seen answered. */
  isDatabaseKnown: boolean;
  applicationName: string;
  /** `perhaps`: the reply to MULTI was not seen. An object: the server has said OK to it. */
  transaction: Transaction | "perhaps" | null;
  /** The MULTI of it is sent and not answered. */
  begun: Transaction | null;
}

/** At the start, and after RESET. */
export const freshState = {
  role: "",
  otherRoles: [],
  isAdmin: false,
  database: "0",
  isDatabaseKnown: true,
  applicationName: "",
  transaction: null,
  begun: null,
} as const satisfies SessionState;

export type Place = Pick<Speaker, "sessionId" | "listener" | "target" | "peer" | "certificate">;

export function speakerOf(state: SessionState, place: Place, role: string = state.role): Speaker {
  const { sessionId, listener, target, peer, certificate } = place;
  const { otherRoles, isAdmin, database, applicationName } = state;
  return {
    sessionId,
    listener,
    target,
    protocol: "redis",
    role,
    otherRoles,
    isAdmin,
    database,
    peer,
    certificate,
    applicationName,
  };
}
