import type { DestructionKind } from "./kinds.ts";

export const wireActions = ["pass", "audit", "hold", "deny", "soft"] as const;

/** What each protocol can say (formats.md, "Kinds of destruction"): the series that stand at zero from the start. */
export const recognisedKinds: Readonly<
  Record<"postgres" | "redis" | "mongo" | "nats", readonly DestructionKind[]>
> = {
  postgres: [
    "database",
    "role",
    "owned",
    "schema",
    "catalog",
    "tablespace",
    "subscription",
    "slot",
    "extension",
    "table",
    "column",
    "type",
    "truncate",
    "unbounded-delete",
    "functional",
    "disarming",
    "opaque",
  ],
  redis: ["acl-user", "flush", "keys", "functional", "disarming", "opaque"],
  mongo: [
    "mongo-database",
    "mongo-user",
    "collection",
    "unbounded-delete",
    "functional",
    "disarming",
    "opaque",
  ],
  nats: ["stream", "functional", "opaque"],
};
