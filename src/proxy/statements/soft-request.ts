import type { DropRequest } from "../../chokepoint/drop.ts";
import { isRequestable, mainPartOf } from "../../chokepoint/resource.ts";
import { showStatement } from "../../chokepoint/statements/new-statement.ts";
import type { WireStatement } from "../../chokepoint/statements/statement.ts";
import type { Subject } from "../../chokepoint/statements/statement-eyes.ts";
import { escapeUnprintable } from "../../run/unprintable.ts";

/** What custody is asked to do in a session's place, and about what. */
export interface SoftRequest {
  readonly request: DropRequest;
  readonly subject: Subject;
}

/**
 * The drop that stands for a statement of one name, which the policy carries out softly. `requestId` is its own, since a comment's may
 * have been used before: the comment's is in the reason. Null: nobody can ask for that. Pure.
 */
export function softRequestOf(statement: WireStatement, requestId: string): SoftRequest | null {
  const { target, token, session, isForced, fingerprint } = statement;
  const [destruction] = statement.destructions;
  const name = destruction?.names[0];
  if (destruction === undefined || name === undefined || !isRequestable(destruction.kind)) return null;
  const { kind } = destruction;
  const part = mainPartOf(kind);
  return {
    subject: { kind, part, name },
    request: {
      target,
      resourceType: kind,
      providerResourceId: name,
      token,
      requestId,
      intent: {
        reason: reasonOf(statement),
        requestedBy: session.certificate ?? session.role,
        names: kind === "schema" ? { database: session.database } : {},
        resourceStatus: null,
        notAfter: null,
        force: isForced,
        statementFingerprint: fingerprint,
      },
    },
  };
}

/** What a request may give for its reason. */
const longestReason = 2000;

/** What is destroyed, and all that is known of who asked: a drop of custody's own has no place for a session. */
function reasonOf(statement: WireStatement): string {
  const { session, requestId, tags } = statement;
  const { role, otherRoles, database, applicationName, listener, id, certificate } = session;
  const others = Object.entries(tags).filter(([name]) => name !== "request_id");
  const words = [
    `${showStatement(statement)}, by ${role}`,
    otherRoles.length === 0 ? "" : ` (as ${otherRoles.join(", ")} too)`,
    database === "" ? "" : ` in ${database}`,
    applicationName === "" ? "" : ` with ${applicationName}`,
    ` through ${listener}, ${id}`,
    certificate === null ? "" : `, certificate ${certificate}`,
    requestId === null ? "" : `, request ${requestId}`,
    ...others.map(([name, value]) => `, ${name}=${value}`),
  ];
  return escapeUnprintable(words.join("")).slice(0, longestReason).toWellFormed();
}
