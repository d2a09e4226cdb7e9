import { z } from "zod";
import { OpsError } from "../../../errors.ts";
import type { FencePlan, JsonObject } from "../../drop.ts";

/** A role by what it is and what it was called; a drop's own role bears other names meanwhile. */
const roleRef = z.strictObject({ oid: z.string(), name: z.string() });

export type RoleRef = z.infer<typeof roleRef>;

/** One entry of `aclexplode`; null grants to PUBLIC. */
const grant = z.strictObject({
  grantor: roleRef,
  grantee: roleRef.nullable(),
  privilege: z.string(),
  isGrantable: z.boolean(),
});

export type Grant = z.infer<typeof grant>;

const label = z.strictObject({ provider: z.string(), label: z.string() });

/** `name=value`, as `setconfig` has them. */
const settings = z.array(z.string());

const slot = z.strictObject({
  name: z.string(),
  plugin: z.string(),
  isTwoPhase: z.boolean(),
  confirmedLsn: z.string().nullable(),
});

const database = z.strictObject({
  oid: z.string(),
  name: z.string(),
  owner: roleRef,
  /** Defaults spelled out. */
  grants: z.array(grant),
  connectionLimit: z.int(),
  allowsConnections: z.boolean(),
  tablespace: z.string(),
  encoding: z.string(),
  comment: z.string().nullable(),
  labels: z.array(label),
  settings,
  roleSettings: z.array(z.strictObject({ role: roleRef, settings })),
  /** Inactive logical slots: each would keep WAL for the whole retention. */
  slots: z.array(slot),
});

export type SavedDatabase = z.infer<typeof database>;

const membership = z.strictObject({
  role: roleRef,
  member: roleRef,
  grantor: roleRef.nullable(),
  admin: z.boolean(),
  /** Null before PostgreSQL 16. */
  inherit: z.boolean().nullable(),
  set: z.boolean().nullable(),
});

export type Membership = z.infer<typeof membership>;

const role = z.strictObject({
  oid: z.string(),
  name: z.string(),
  isSuperuser: z.boolean(),
  inherits: z.boolean(),
  createsRoles: z.boolean(),
  createsDatabases: z.boolean(),
  canLogin: z.boolean(),
  replicates: z.boolean(),
  bypassesRowSecurity: z.boolean(),
  connectionLimit: z.int(),
  validUntil: z.string().nullable(),
  comment: z.string().nullable(),
  labels: z.array(label),
  settings,
  databaseSettings: z.array(z.strictObject({ database: roleRef, settings })),
  memberships: z.array(membership),
});

export type SavedRole = z.infer<typeof role>;

const schema = z.strictObject({
  oid: z.string(),
  name: z.string(),
  database: roleRef,
  owner: roleRef,
  grants: z.array(grant),
  comment: z.string().nullable(),
});

export type SavedSchema = z.infer<typeof schema>;

const saved = z.strictObject({
  v: z.literal(1),
  /** custody's own role: who owns what is fenced. */
  custody: roleRef,
  /** Connection limit of a fenced database: 0, but where custody itself would be shut out. */
  fenceLimit: z.int(),
  database: database.nullable(),
  role: role.nullable(),
  schema: schema.nullable(),
  /** For people: what undo cannot give back. */
  notes: z.array(z.string()),
});

export type Saved = z.infer<typeof saved>;

const secret = z.strictObject({
  /** `SCRAM-SHA-256$…` or `md5…`; null: the role has no password. Absent: it could not be read. */
  verifier: z.string().nullable(),
});

export type Secret = z.infer<typeof secret>;

export function toJson(value: Saved): JsonObject {
  return saved.parse(value);
}

/** Throws `bad-input` where a plan is not this backend's. */
export function readSaved(plan: Pick<FencePlan, "saved">): Saved {
  const parsed = saved.safeParse(plan.saved);
  if (parsed.success) return parsed.data;
  throw new OpsError(
    "bad-input",
    `the plan of this drop is not one of PostgreSQL's: ${parsed.error.issues[0]?.path.join(".") ?? ""}`,
    "it was recorded by another version of custody: use that one",
  );
}

/** Null where the verifier could not be read. What is wrong with it is not told. */
export function readSecret(plan: Pick<FencePlan, "secret">): Secret | null {
  const parsed = secret.safeParse(plan.secret);
  return parsed.success ? parsed.data : null;
}

export const savedDatabase = database;
export const savedRole = role;
export const savedSchema = schema;
export const savedSecret = secret;
