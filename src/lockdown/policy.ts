import type { LockdownServer } from "./input.ts";
import type { ServerFacts } from "./facts.ts";

/** Who may keep what, on one server. */
export interface LockdownPolicy {
  /** Owns what tenants must not own. */
  readonly proxyRole: string;
  /** Names of tenants' databases and roles. */
  readonly tenants: RegExp;
  /** Roles that keep what they have → why. */
  readonly exempt: ReadonlyMap<string, string>;
  /** Schemas whose objects nobody else drops, wherever they are. */
  readonly protectedSchemas: readonly string[];
}

/** Decides who is exempt, and why: everybody else is an ordinary role. */
export function decidePolicy(server: LockdownServer, facts: ServerFacts): LockdownPolicy {
  const proxyRole = server.proxyRole ?? facts.role;
  const exempt = new Map<string, string>();
  for (const name of server.admins) exempt.set(name, "named with --admin");
  for (const role of facts.roles) {
    if (role.name.startsWith("pg_")) exempt.set(role.name, "the server's own");
    if (role.isBootstrap) exempt.set(role.name, "the role that initdb made can be nothing but a superuser");
  }
  if (facts.isSuperuser && !exempt.has(facts.role))
    exempt.set(facts.role, "a superuser, and the one who asks");
  exempt.set(proxyRole, "the role that the proxy uses");
  return {
    proxyRole,
    tenants: new RegExp(server.tenants),
    exempt,
    protectedSchemas: server.protectedSchemas,
  };
}

/** Whether a grantee is nobody's exempted role; PUBLIC is everybody's. */
export function isOrdinary(policy: LockdownPolicy, role: string | null): boolean {
  return role === null || !policy.exempt.has(role);
}
