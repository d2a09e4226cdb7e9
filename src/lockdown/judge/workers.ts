import { usualTenants } from "../input.ts";
import type { DatabaseFacts, ServerFacts } from "../facts.ts";
import { isOrdinary } from "../policy.ts";
import type { LockdownPolicy } from "../policy.ts";

const prefix = new RegExp(usualTenants);

/** Ordinary roles that work in a database: its owner, who owns or was given something in it, and the role of the same token. */
export function workersOf(
  database: DatabaseFacts,
  server: ServerFacts,
  policy: LockdownPolicy,
): readonly string[] {
  const token = tokenOf(database.name);
  const isNamesake = (name: string): boolean =>
    token !== null &&
    policy.tenants.test(database.name) &&
    policy.tenants.test(name) &&
    tokenOf(name) === token;
  const known = new Set([database.owner, ...database.workers]);
  return server.roles
    .map(({ name }) => name)
    .filter((name) => isOrdinary(policy, name) && (known.has(name) || isNamesake(name)));
}

/** What the provisioner makes both names of; null for a name that it does not give. */
function tokenOf(name: string): string | null {
  const rest = name.replace(prefix, "");
  return rest === name || rest === "" ? null : rest;
}
