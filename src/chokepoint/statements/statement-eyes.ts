import type { DestructionKind } from "../../destruction/kinds.ts";
import type { ServerRefusal } from "../backend.ts";
import type { FoundPart, Identity } from "../drop.ts";
import type { Part } from "../resource.ts";

/** One name in a statement. */
export interface Subject {
  readonly kind: DestructionKind;
  readonly part: Part;
  /** As the server would read it, the parts of a qualified one joined by dots; unquoted and folded. */
  readonly name: string;
}

export interface Identified {
  readonly systemIdentifier: string;
  /** One for each subject. `unclear`: several are called so, or it could not be asked. */
  readonly found: readonly (FoundPart | "none" | "unclear")[];
}

/**
 * Where one part of a statement stands after it. `busy`: somebody is at it, and will be done or not; `broken`: half of it is destroyed, and
 * only the rest of its destruction can follow.
 */
export type PartStanding = "there" | "gone" | "busy" | "broken";

/** What a target tells of the statements of sessions; nothing is changed by asking. Throws `OpsError`. */
export interface StatementEyes {
  /** `database`: where the session is. */
  identify(subjects: readonly Subject[], database: string, signal: AbortSignal): Promise<Identified>;
  /**
   * What the server would say to a session of these roles, of its rights alone; null: all of them may, or there is nothing of that name.
   * Absent: it cannot be known, and nothing is destroyed in a session's place.
   */
  refuseDestroyer?(
    subject: Subject,
    roles: readonly string[],
    database: string,
    signal: AbortSignal,
  ): Promise<ServerRefusal | null>;
  /** By identity, whatever they are called by now; one for each part. Throws `unsupported-server` on another server. */
  standing(identity: Identity, signal: AbortSignal): Promise<readonly PartStanding[]>;
}
