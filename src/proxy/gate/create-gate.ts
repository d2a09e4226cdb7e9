import { OpsError } from "../../errors.ts";
import type { Admission, Gate, Speaker } from "../sessions/ports.ts";
import { judgeComing, judgeRoles, mayTakeOn } from "./admit.ts";
import type { GateReason, Judgement, Startup } from "./admit.ts";
import type { GatePolicy } from "./gate-policy.ts";
import { refusalWords } from "./refusal-words.ts";
import type { RoleFacts, RoleFactsSource } from "./role-facts.ts";

/** Somebody who was not let in. */
export interface RefusedConnection {
  readonly speaker: Speaker;
  /** Also what it asked for at its start. */
  readonly roles: readonly string[];
  readonly reason: GateReason;
}

export interface GateParts {
  readonly policy: GatePolicy;
  /** Null: nothing is known of roles but their names. */
  readonly roles: RoleFactsSource | null;
  /** Called beside the answer, which does not wait for it. Never throws. */
  readonly record: (refused: RefusedConnection) => void;
  /** For people: the target's roles cannot be asked for. */
  readonly warn: (message: string) => void;
}

/** A listener's gate over its policy and the roles of its target. */
export function createGate({ policy, roles, record, warn }: GateParts): Gate {
  function settle(speaker: Speaker, startup: Startup, judgement: Judgement): Admission {
    if (judgement.kind === "admitted") return judgement;
    record({ speaker, roles: startup.roles, reason: judgement.reason });
    return { kind: "refused", refusal: refusalWords(judgement.reason, speaker, startup.roles) };
  }
  async function waited(speaker: Speaker, startup: Startup, facts: Promise<RoleFacts>): Promise<Admission> {
    return settle(speaker, startup, judgeRoles(policy, speaker, startup, await knownOf(facts, warn)));
  }
  return {
    admit(speaker, startup) {
      const reason = judgeComing(policy, speaker, startup);
      if (reason !== null) return settle(speaker, startup, { kind: "refused", reason });
      if (roles === null) return settle(speaker, startup, judgeRoles(policy, speaker, startup, onlyNames));
      const facts = roles.facts([speaker.role, ...startup.roles]);
      if (facts instanceof Promise) return waited(speaker, startup, facts);
      return settle(speaker, startup, judgeRoles(policy, speaker, startup, facts));
    },
    mayTakeOn: (speaker, role) => mayTakeOn(policy, speaker, role, roles === null ? onlyNames : roles.last()),
  };
}

/** Null where they cannot be had: the gate then lets nobody in whose role matters. */
async function knownOf(facts: Promise<RoleFacts>, warn: GateParts["warn"]): Promise<RoleFacts | null> {
  try {
    return await facts;
  } catch (error) {
    warn(
      `the roles of the target cannot be asked for: ${error instanceof OpsError ? error.message : String(error)}`,
    );
    return null;
  }
}

/** Where a server's users are what they are called, and nothing is known of what they may. */
const onlyNames: RoleFacts = {
  standing: (role) => ({ isSuperuser: false, isAdmin: false, reaches: new Set([role]) }),
};
