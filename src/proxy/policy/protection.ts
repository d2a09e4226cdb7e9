import type { Target } from "../../chokepoint/ports.ts";
import { guardStatement } from "../../chokepoint/statements/guard-statement.ts";
import type { Protection } from "./choose-action.ts";

/** What a target's configuration reserves, what every server has, and custody's own: by the chokepoint's rules, also where a policy lets pass. */
export function protectionOf(target: Target): Protection {
  return ({ destructions, speaker }) => {
    const session = {
      id: speaker.sessionId,
      listener: speaker.listener,
      role: speaker.role,
      otherRoles: speaker.otherRoles,
      database: speaker.database,
      applicationName: speaker.applicationName,
      certificate: speaker.certificate,
    };
    return guardStatement({ destructions, session }, target)?.reason ?? null;
  };
}
