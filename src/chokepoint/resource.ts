import type { DestructionKind } from "../destruction/kinds.ts";

/** What a target is: decides which backend speaks to it. */
export type TargetKind = "postgres" | "redis" | "mongo" | "nats" | "command";

/** The named things that a resource is made of. `keys` is a prefix, `legacy_*` what older provisioners called it. */
export const parts = [
  "database",
  "legacy_database",
  "role",
  "schema",
  "user",
  "legacy_user",
  "keys",
  "stream",
  "consumer",
  "kv",
  "object_store",
  "server",
] as const;

/** What a statement of a session destroys beside those; no request names one. */
const sessionParts = [
  "table",
  "column",
  "type",
  "extension",
  "tablespace",
  "subscription",
  "slot",
  "collection",
] as const;

export const allParts = [...parts, ...sessionParts] as const;

export type Part = (typeof allParts)[number];

/** Final names, part by part. */
export type Names = Readonly<Partial<Record<Part, string>>>;

interface ResourceKind {
  readonly target: TargetKind;
  /** The part that `provider_resource_id` names. */
  readonly main: Part;
  /** Without these there is no such resource. */
  readonly required: readonly Part[];
  /** What else a request may name. */
  readonly optional: readonly Part[];
  /** What its drop destroys: the words of the policy. */
  readonly kinds: readonly DestructionKind[];
}

/** Every resource type of a request (formats.md section 7), and what it is made of. */
export const resourceKinds = {
  postgres: {
    target: "postgres",
    main: "database",
    required: ["database"],
    optional: ["role"],
    kinds: ["database", "role"],
  },
  database: {
    target: "postgres",
    main: "database",
    required: ["database"],
    optional: [],
    kinds: ["database"],
  },
  role: { target: "postgres", main: "role", required: ["role"], optional: [], kinds: ["role"] },
  schema: {
    target: "postgres",
    main: "schema",
    required: ["database", "schema"],
    optional: [],
    kinds: ["schema"],
  },
  redis: {
    target: "redis",
    main: "user",
    required: ["user"],
    optional: ["keys"],
    kinds: ["acl-user", "keys"],
  },
  "acl-user": { target: "redis", main: "user", required: ["user"], optional: [], kinds: ["acl-user"] },
  keys: { target: "redis", main: "keys", required: ["keys"], optional: [], kinds: ["keys"] },
  mongo: {
    target: "mongo",
    main: "database",
    required: ["database"],
    optional: ["user", "legacy_database", "legacy_user"],
    kinds: ["mongo-database", "mongo-user"],
  },
  "mongo-database": {
    target: "mongo",
    main: "database",
    required: ["database"],
    optional: [],
    kinds: ["mongo-database"],
  },
  "mongo-user": { target: "mongo", main: "user", required: ["user"], optional: [], kinds: ["mongo-user"] },
  queue: { target: "nats", main: "stream", required: ["stream"], optional: [], kinds: ["stream"] },
  stream: { target: "nats", main: "stream", required: ["stream"], optional: [], kinds: ["stream"] },
  consumer: {
    target: "nats",
    main: "consumer",
    required: ["stream", "consumer"],
    optional: [],
    kinds: ["stream"],
  },
  kv: { target: "nats", main: "kv", required: ["kv"], optional: [], kinds: ["stream"] },
  "object-store": {
    target: "nats",
    main: "object_store",
    required: ["object_store"],
    optional: [],
    kinds: ["stream"],
  },
  server: { target: "command", main: "server", required: ["server"], optional: [], kinds: ["server"] },
} as const satisfies Record<string, ResourceKind>;

export type ResourceType = keyof typeof resourceKinds;

/** What a statement of a session can destroy and no request can ask for: the kinds of destruction that are no resource types. */
export const sessionTypes = [
  "owned",
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
  "flush",
  "collection",
] as const satisfies readonly Exclude<DestructionKind, ResourceType>[];

export type SessionType = (typeof sessionTypes)[number];

/** The type of a row. */
export type RecordedType = ResourceType | SessionType;

/** The part that `provider_resource_id` names. */
export function mainPartOf(type: RecordedType): Part {
  return isRequestable(type) ? describeResourceType(type).main : mainParts[type];
}

const mainParts: Readonly<Record<SessionType, Part>> = {
  owned: "role",
  catalog: "table",
  tablespace: "tablespace",
  subscription: "subscription",
  slot: "slot",
  extension: "extension",
  table: "table",
  column: "column",
  type: "type",
  truncate: "table",
  "unbounded-delete": "table",
  functional: "role",
  disarming: "server",
  opaque: "server",
  flush: "keys",
  collection: "collection",
};

export function isRequestable(type: RecordedType): type is ResourceType {
  return Object.hasOwn(resourceKinds, type);
}

/** What a drop is about, by its final names. */
export interface Resource {
  readonly type: ResourceType;
  readonly names: Names;
  /** The customer's, where the caller gave it: what a target's own programs may be told. No name is ever made of it here. */
  readonly token?: string;
}

/** The kind's description, its literal types widened. */
export function describeResourceType(type: ResourceType): ResourceKind {
  return resourceKinds[type];
}
