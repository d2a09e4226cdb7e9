import type { Caller, Drop, DropRequest } from "../drop.ts";
import { newDrop } from "../new-drop.ts";
import { parts } from "../resource.ts";
import type { Names } from "../resource.ts";
import type { TargetPolicy } from "../target-policy.ts";
import type { StatementIdentity } from "./identify-statement.ts";
import { describeKind, gravestOf } from "./kinds-of-statements.ts";
import type { RecordedDestruction, TicketUse, WireStatement } from "./statement.ts";

/** The row of a statement that a session wants to carry out. Its type is that of the gravest destruction in it. */
export function newStatement(
  given: WireStatement,
  caller: Caller,
  found: Pick<StatementIdentity, "identity" | "destructions">,
  facts: {
    readonly dropId: string;
    readonly policy: TargetPolicy;
    readonly now: Date;
    readonly ticket: TicketUse | null;
  },
): Drop {
  const { session, tags, action, isInTransaction } = given;
  const drop = newDrop(requestOf(given, facts.dropId), caller, {
    dropId: facts.dropId,
    policy: facts.policy,
    now: facts.now,
    purges: null,
    statement: {
      session,
      tags,
      destructions: found.destructions,
      action,
      isInTransaction,
      ticket: facts.ticket,
    },
  });
  return { ...drop, identity: found.identity };
}

/** What is recorded of destructions that nobody looked for. */
export function unasked({ destructions }: WireStatement): readonly RecordedDestruction[] {
  return destructions.map(({ kind, what, names }) => ({ kind, what, names, parts: [], isWhole: false }));
}

/** For people: `DROP DATABASE db_acme`. */
export function showStatement({ destructions }: Pick<WireStatement, "destructions">): string {
  const [first, ...rest] = destructions.map(({ what, names }) =>
    [what, names.slice(0, 5).join(", "), names.length > 5 ? `and ${names.length - 5} more` : ""]
      .filter((each) => each !== "")
      .join(" "),
  );
  return rest.length === 0 ? (first ?? "") : `${first}, and ${rest.length} more`;
}

function requestOf(given: WireStatement, dropId: string): DropRequest {
  const { kind, what, names } = gravestOf(given.destructions);
  return {
    target: given.target,
    resourceType: kind,
    providerResourceId: names[0] ?? what,
    token: given.token,
    requestId: given.requestId ?? `wire-${dropId}`,
    intent: {
      reason: showStatement(given),
      // Whoever it is on the wire approves nothing of it, as whom they are known here.
      requestedBy: given.session.certificate ?? given.session.role,
      names: namesOf(given),
      resourceStatus: null,
      notAfter: null,
      force: given.isForced,
      statementFingerprint: given.fingerprint,
    },
  };
}

/** The first of each part. */
function namesOf({ destructions }: WireStatement): Names {
  const named = destructions.toReversed().flatMap(({ kind, names: [name] }) => {
    const { part } = describeKind(kind);
    return part === null || name === undefined ? [] : [[part, name] as const];
  });
  const all: Names = Object.fromEntries(named);
  return Object.fromEntries(parts.flatMap((part) => (all[part] === undefined ? [] : [[part, all[part]]])));
}
