import type { DestructionKind } from "../../destruction/kinds.ts";

export type WireAction = "pass" | "audit" | "hold" | "deny" | "soft";

/**
 * What is done with a kind where no rule speaks of it (formats.md section 6, "Kinds of destruction", column "wire"). `server` is never seen on
 * the wire.
 */
const defaults: Readonly<Record<DestructionKind, WireAction>> = {
  database: "deny",
  role: "deny",
  owned: "deny",
  schema: "deny",
  catalog: "deny",
  tablespace: "deny",
  subscription: "deny",
  slot: "deny",
  extension: "deny",
  table: "audit",
  column: "audit",
  type: "audit",
  truncate: "audit",
  "unbounded-delete": "audit",
  functional: "audit",
  disarming: "deny",
  opaque: "audit",
  "acl-user": "deny",
  flush: "deny",
  keys: "pass",
  "mongo-database": "deny",
  "mongo-user": "deny",
  collection: "audit",
  stream: "deny",
  server: "deny",
};

/** For who could drop what others own, what cannot be known is denied. */
export function defaultAction(kind: DestructionKind, isAdmin: boolean): WireAction {
  return kind === "opaque" && isAdmin ? "deny" : defaults[kind];
}
