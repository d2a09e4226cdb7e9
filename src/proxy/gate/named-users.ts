import type { RoleFacts, RoleFactsSource } from "./role-facts.ts";

/**
 * By these names people are given servers with all rights: who comes so is taken for one who could do anything. Redis' `default` is
 * everybody's first user, and has all rights until somebody takes them away.
 */
const masters: ReadonlySet<string> = new Set(["default", "root", "admin"]);

const facts: RoleFacts = {
  standing: (role) => ({ isSuperuser: false, isAdmin: masters.has(role), reaches: new Set([role]) }),
};

/**
 * Of servers that custody does not ask for the rights of their users (Redis, MongoDB, NATS): a user is what it is called, and a member of
 * nothing. What it may do there is for the server's own rules; `lockdown` prints them.
 */
export const namedUsers: RoleFactsSource = { facts: () => facts, last: () => facts };
