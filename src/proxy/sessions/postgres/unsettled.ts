/**
 * How much of a session is open: nothing, in nearly all of them at nearly all times, and then nothing of all that follows it is looked at.
 * Each count is kept by whoever is named.
 */
export interface Unsettled {
  /** Statements that are followed to their end, and savepoints (`Outcomes`). */
  followed: number;
  /** Answers that are to be replaced (`StandIns`). */
  standIns: number;
  /** Names whose meaning the server's next answers decide on (`Book`). */
  names: number;
  /** Portals that matter: without one, an Execute need not be read (`Book`). */
  portals: number;
  /** Grows whenever a name that means nothing may mean something (`Book`). */
  changes: number;
}

export function nothingUnsettled(): Unsettled {
  return { followed: 0, standIns: 0, names: 0, portals: 0, changes: 0 };
}

/** Whether the server's next ReadyForQuery settles anything. */
export function isUnsettled({ followed, standIns, names }: Unsettled): boolean {
  return followed + standIns + names > 0;
}
