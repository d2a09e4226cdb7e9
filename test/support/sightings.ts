import type { DestructionKind } from "../../src/destruction/kinds.ts";
import type { Sighting, Speaker } from "../../src/proxy/sessions/ports.ts";

const someSpeaker: Speaker = {
  sessionId: "s-0000000000000000",
  listener: "pg",
  target: "customers",
  protocol: "postgres",
  role: "app",
  otherRoles: [],
  isAdmin: false,
  database: "db_acme",
  peer: "127.0.0.1:5000",
  certificate: null,
  applicationName: "",
};

/** A kind and the names that are destroyed of it, each; one statement, alone, unless `given` says otherwise. */
export function sightingOf(
  destructions: readonly (readonly [DestructionKind, ...string[]])[],
  given: Partial<Omit<Sighting, "speaker">> & { readonly speaker?: Partial<Speaker> } = {},
): Sighting {
  return {
    destructions: destructions.map(([kind, ...names]) => ({
      kind,
      what: `DROP ${kind}`,
      names,
      at: 0,
      certainty: "certain",
    })),
    fingerprint: "",
    tags: new Map(),
    isInTransaction: false,
    isAlone: true,
    isForced: false,
    ...given,
    speaker: { ...someSpeaker, ...given.speaker },
  };
}
