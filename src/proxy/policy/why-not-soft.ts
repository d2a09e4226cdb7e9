import type { DestructionKind } from "../../destruction/kinds.ts";
import type { Sighting } from "../sessions/ports.ts";

/** What guardedDrop can carry out in a session's place, with a fence and a way back. */
export const softKinds: ReadonlySet<DestructionKind> = new Set([
  "database",
  "role",
  "schema",
  "acl-user",
  "mongo-database",
  "mongo-user",
]);

/** What guardedDrop can fence for who asks over HTTP, and not in a session's place. */
const notForSessions: Readonly<Partial<Record<DestructionKind, string>>> = {
  keys: "custody fences all keys under a prefix, and commands name keys one by one",
  stream:
    "a NATS server tells nobody what another user may, or of which account it is: custody cannot tell whether this one may",
};

/** Of these kinds a session can do less than what a fence would take away: only this is the whole. */
const wholes: Readonly<Partial<Record<DestructionKind, string>>> = {
  "acl-user": "ACL DELUSER",
  "mongo-database": "dropDatabase",
  "mongo-user": "dropUser",
};

/** Why custody cannot put up a fence in place of what a session asks for; null: it can. Pure. */
export function whyNotSoft({ destructions, isAlone, isInTransaction, isUnproved }: Sighting): string | null {
  const [first, ...more] = destructions;
  const why = first === undefined ? undefined : notForSessions[first.kind];
  if (why !== undefined) return `the policy puts up a fence in place of it: ${why}`;
  if (first === undefined || !softKinds.has(first.kind))
    return `the policy puts up a fence in place of it, and custody has none for what it destroys${first === undefined ? "" : ` (${first.what})`}`;
  if ((wholes[first.kind] ?? first.what) !== first.what)
    return `the policy puts up a fence in place of it, and custody has none for ${first.what}`;
  const [name, ...others] = first.names;
  if (more.length > 0 || others.length > 0)
    return "the policy puts up a fence for one thing at a time: destroy each in a statement of its own";
  if (name === undefined || name === "" || name.includes("…") || first.certainty !== "certain")
    return "the policy puts up a fence, and what it is for cannot be known before it runs";
  if (!isAlone || isInTransaction)
    return "the policy puts up a fence, which is done only for a statement that is alone and outside of a transaction";
  if (isUnproved === true)
    return "the policy puts up a fence, and the server has not let this client in as who it says it is";
  return null;
}
