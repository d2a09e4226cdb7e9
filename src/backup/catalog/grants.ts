import { identityOf } from "../fingerprint.ts";
import type { AclKind } from "./query.ts";

/** Grantee → privileges; a `*` behind a privilege: it may be passed on. */
type Grants = ReadonlyMap<string, ReadonlySet<string>>;

/** Source: `aclitem` in src/include/utils/acl.h. */
const privilegeNames: Readonly<Record<string, string>> = {
  a: "INSERT",
  r: "SELECT",
  w: "UPDATE",
  d: "DELETE",
  D: "TRUNCATE",
  x: "REFERENCES",
  t: "TRIGGER",
  m: "MAINTAIN",
  X: "EXECUTE",
  U: "USAGE",
  C: "CREATE",
  T: "TEMPORARY",
  c: "CONNECT",
  s: "SET",
  A: "ALTER SYSTEM",
};

/** What `acldefault` gives on every version: to the owner everything, and this to PUBLIC. */
const defaults: Readonly<Record<AclKind, { readonly owner: string; readonly everybody: string }>> = {
  c: { owner: "", everybody: "" },
  r: { owner: "arwdDxtm", everybody: "" },
  s: { owner: "rwU", everybody: "" },
  d: { owner: "CTc", everybody: "Tc" },
  f: { owner: "X", everybody: "X" },
  l: { owner: "U", everybody: "U" },
  L: { owner: "rw", everybody: "" },
  n: { owner: "UC", everybody: "" },
  F: { owner: "U", everybody: "" },
  S: { owner: "U", everybody: "" },
  T: { owner: "U", everybody: "U" },
};

/** No identity holds a blank without quotes. */
const theOwner = "the owner";

export interface GrantedObject {
  readonly kind: AclKind;
  readonly owner: string;
  /** Items as `aclitem` prints them; null: the defaults. */
  readonly acl: readonly string[] | null;
}

/**
 * Privileges for people and for comparing, sorted, grantors left out: `PUBLIC: SELECT; the owner: INSERT, SELECT`. The owner
 * goes by these words, so that another owner with the same rights is a difference of owner alone. Absent when
 * they are the defaults of the kind, written out or not.
 */
export function describeGrants(object: GrantedObject, major: number): string | undefined {
  const given = readGrants(object, major);
  const text = writeGrants(given);
  return text === writeGrants(readGrants({ ...object, acl: null }, major)) ? undefined : text;
}

/** What was granted and revoked since `before`, for objects that no dump creates; absent when nothing was. */
export function describeChanges(
  object: GrantedObject,
  before: readonly string[] | null,
  major: number,
): string | undefined {
  const now = readGrants(object, major);
  const then = readGrants({ ...object, acl: before }, major);
  const granted = writeGrants(subtract(now, then));
  const revoked = writeGrants(subtract(then, now));
  const parts = [...(granted ? [`granted ${granted}`] : []), ...(revoked ? [`revoked ${revoked}`] : [])];
  return parts.length === 0 ? undefined : parts.join(", ");
}

function readGrants(object: GrantedObject, major: number): Grants {
  const grants = new Map<string, Set<string>>();
  const add = (grantee: string, privileges: string): void => {
    const held = grants.get(grantee) ?? new Set();
    for (const [privilege] of privileges.matchAll(/[A-Za-z]\*?/g)) {
      const letter = privilege[0] ?? "";
      if (letter === "m" && major < 17) continue;
      held.add((privilegeNames[letter] ?? letter) + privilege.slice(1));
    }
    if (held.size > 0) grants.set(grantee, held);
  };
  if (object.acl === null) {
    add(theOwner, defaults[object.kind].owner);
    add("PUBLIC", defaults[object.kind].everybody);
    return grants;
  }
  for (const item of object.acl) {
    const { grantee, privileges } = parseItem(item);
    if (grantee === "") add("PUBLIC", privileges);
    else add(grantee === object.owner ? theOwner : identityOf(grantee), privileges);
  }
  return grants;
}

/** `name=privileges/grantor`; names in double quotes, doubled inside, when they hold more than letters and digits. */
function parseItem(item: string): { readonly grantee: string; readonly privileges: string } {
  const quoted = /^"((?:[^"]|"")*)"=([A-Za-z*]*)\//.exec(item);
  if (quoted !== null)
    return { grantee: (quoted[1] ?? "").replaceAll('""', '"'), privileges: quoted[2] ?? "" };
  const plain = /^([^=]*)=([A-Za-z*]*)\//.exec(item);
  return { grantee: plain?.[1] ?? "", privileges: plain?.[2] ?? "" };
}

function writeGrants(grants: Grants): string {
  return [...grants]
    .map(([grantee, privileges]) => `${grantee}: ${[...privileges].toSorted().join(", ")}`)
    .toSorted()
    .join("; ");
}

function subtract(left: Grants, right: Grants): Grants {
  const rest = [...left].map(([grantee, privileges]) => {
    const kept = [...privileges].filter((privilege) => right.get(grantee)?.has(privilege) !== true);
    return [grantee, new Set(kept)] as const;
  });
  return new Map(rest.filter(([, privileges]) => privileges.size > 0));
}
