import type { Caller } from "../../chokepoint/drop.ts";
import { mainPartOf } from "../../chokepoint/resource.ts";
import type { StatementAction, WireStatement } from "../../chokepoint/statements/statement.ts";
import type { TargetPolicy } from "../../chokepoint/target-policy.ts";
import { plainLine } from "../../run/unprintable.ts";
import type { ChosenAction } from "../policy/chosen-action.ts";
import type { Sighting, Speaker } from "../sessions/ports.ts";

/** What the chokepoint is asked of a sighting. Pure. */
export function statementOf(
  sighting: Sighting,
  { reason, holdMs }: ChosenAction,
  action: StatementAction,
  policy: Pick<TargetPolicy, "names">,
): WireStatement {
  const { speaker, tags, destructions, fingerprint, isInTransaction, isForced } = sighting;
  return {
    target: speaker.target,
    requestId: lineOf(tags.get("request_id")),
    token: tokenOf(sighting, policy) ?? lineOf(tags.get("token")) ?? "",
    action,
    reason,
    destructions,
    fingerprint,
    tags: keepTags(tags),
    session: {
      id: speaker.sessionId,
      listener: speaker.listener,
      role: speaker.role,
      otherRoles: speaker.otherRoles,
      database: speaker.database,
      applicationName: speaker.applicationName,
      certificate: speaker.certificate,
    },
    isInTransaction,
    isForced,
    holdMs,
    ticket: tags.get(ticketTag) ?? null,
  };
}

/** Who asks, for the records: the role that logged in, or the certificate of whoever has none. */
export function callerOf({ role, certificate, peer, protocol }: Speaker): Caller {
  return { name: role === "" ? (certificate ?? "anonymous") : role, person: null, peer, protocol };
}

const ticketTag = "custody-ticket";
const mostTags = 16;
const longestTag = 255;

/** The first few, for the records; a ticket is a secret. */
function keepTags(tags: ReadonlyMap<string, string>): Readonly<Record<string, string>> {
  const kept = [...tags].filter(([name, value]) => name !== ticketTag && isLine(name) && isLine(value));
  return Object.fromEntries(kept.slice(0, mostTags));
}

function lineOf(text: string | undefined): string | null {
  return text !== undefined && text !== "" && isLine(text) ? text : null;
}

function isLine(text: string): boolean {
  return text.length <= longestTag && plainLine.test(text);
}

/** The token that the target's templates make the names of; null where they make none, or several. */
function tokenOf({ destructions }: Sighting, { names }: Pick<TargetPolicy, "names">): string | null {
  const tokens = new Set(
    destructions.flatMap(({ kind, names: named }) => {
      const [before, after, more] = names.fromToken[mainPartOf(kind)]?.split("{token}") ?? [];
      if (before === undefined || after === undefined || more !== undefined) return [];
      return named.flatMap((name) => {
        const fits =
          name.length > before.length + after.length && name.startsWith(before) && name.endsWith(after);
        return fits ? [name.slice(before.length, name.length - after.length)] : [];
      });
    }),
  );
  const [token, ...others] = tokens;
  return token === undefined || others.length > 0 ? null : token;
}
