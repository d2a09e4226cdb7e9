import type { ConnectionRefusal } from "../../chokepoint/faces.ts";
import type { Speaker } from "../sessions/ports.ts";
import { finalNames, isUnreadable } from "../final-names.ts";
import { asksForRoles } from "./gate-policy.ts";
import type { GatePolicy } from "./gate-policy.ts";
import type { RoleFacts } from "./role-facts.ts";

/** Which part of a gate said no: for records and metrics. */
export type GateReason = Exclude<ConnectionRefusal, "limit">;

export interface Startup {
  readonly isReplication: boolean;
  readonly roles: readonly string[];
  readonly isUnnamed?: boolean;
  readonly isCertificateToCome?: boolean;
}

export type Judgement =
  | { readonly kind: "admitted"; readonly isAdmin: boolean }
  | { readonly kind: "refused"; readonly reason: GateReason };

/** What is known without asking anybody who a role is; null: nothing is against it. Pure. */
export function judgeComing(policy: GatePolicy, speaker: Speaker, startup: Startup): GateReason | null {
  const { certificate, protocol } = speaker;
  const host = hostOf(speaker.peer);
  if (policy.deniedAddresses.has(host)) return "address";
  if (policy.allowedAddresses !== null && !policy.allowedAddresses.has(host)) return "address";
  const isShown = startup.isCertificateToCome !== true;
  if (isShown && policy.isCertificateRequired && certificate === null) return "certificate";
  if (isShown && policy.allowedCertificates !== null && !policy.allowedCertificates.has(certificate ?? ""))
    return "certificate";
  if (startup.isReplication && !policy.isReplicationAllowed) return "replication";
  const databases = finalNames(speaker.database, protocol);
  if (databases.some((each) => policy.deniedDatabases.has(each))) return "database";
  const { allowedDatabases } = policy;
  if (allowedDatabases !== null && !databases.every((each) => allowedDatabases.has(each))) return "database";
  return null;
}

/**
 * Whether these roles may come in. A role that is not there is let through to the server, which refuses it in its own words; should it be made
 * by then, it counts as one that could do anything. Null facts: they could not be had. Pure.
 */
export function judgeRoles(
  policy: GatePolicy,
  { role, protocol }: Speaker,
  startup: Startup,
  facts: RoleFacts | null,
): Judgement {
  if (startup.isUnnamed === true) return { kind: "admitted", isAdmin: true };
  const asks = asksForRoles(policy);
  let isAdmin = facts === null;
  for (const given of [role, ...startup.roles.filter((each) => each !== "none")]) {
    const names = finalNames(given, protocol);
    if (names.some((each) => policy.deniedRoles.has(each))) return refused("role");
    if (policy.allowedRoles !== null && !policy.allowedRoles.has(given)) return refused("role");
    if (asks && (facts === null || isUnreadable(given))) return refused("unknown");
    for (const name of names) {
      const standing = facts?.standing(name) ?? null;
      if (standing !== null && !mayBe(policy, standing)) return refused("role");
      if (standing?.isAdmin === true) isAdmin = true;
    }
    if (facts !== null && names.every((name) => facts.standing(name) === null)) isAdmin = true;
  }
  return { kind: "admitted", isAdmin };
}

/**
 * As `Gate.mayTakeOn`: what is not known is not taken on, where the gate says anything of roles. Nor is an administrator's role by a session that
 * was let in when it could not: it is read as an ordinary one's to its end, and what was granted since is for the next. Pure.
 */
export function mayTakeOn(
  policy: GatePolicy,
  { protocol, isAdmin }: Speaker,
  role: string,
  facts: RoleFacts | null,
): boolean {
  if (role === "none") return true;
  const names = finalNames(role, protocol);
  if (!isAdmin && names.some((name) => facts?.standing(name)?.isAdmin === true)) return false;
  if (!asksForRoles(policy)) return true;
  if (names.some((each) => policy.deniedRoles.has(each))) return false;
  if (policy.allowedRoles !== null && !policy.allowedRoles.has(role)) return false;
  const standings = names.flatMap((name) => facts?.standing(name) ?? []);
  return standings.length > 0 && standings.every((standing) => mayBe(policy, standing));
}

function mayBe(
  { deniedRoles, areSuperusersAllowed }: GatePolicy,
  { isSuperuser, reaches }: { readonly isSuperuser: boolean; readonly reaches: ReadonlySet<string> },
): boolean {
  return (areSuperusersAllowed || !isSuperuser) && deniedRoles.isDisjointFrom(reaches);
}

function refused(reason: GateReason): Judgement {
  return { kind: "refused", reason };
}

/** Without the port; the brackets of IPv6 are left out. */
function hostOf(peer: string): string {
  return peer.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
}
