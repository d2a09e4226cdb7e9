import type { DestructionKind } from "../../destruction/kinds.ts";
import type { Part, RecordedType } from "../resource.ts";

interface StatementKind {
  /** What its names name; null: nothing that has an identity. */
  readonly part: Part | null;
  /** What it names is gone when it was carried out, so that the server can be asked afterwards whether it was. */
  readonly isVanishing: boolean;
  /** Only where it is done in these words: others of the kind empty it, or make it useless, and leave it standing. */
  readonly vanishesBy?: RegExp;
  /** So many of them in an hour are too many: the volume breaker counts it. */
  readonly isCounted: boolean;
  /** Where the target cannot be asked what it would destroy, it is refused. */
  readonly isNeeded: boolean;
}

const whole = { isVanishing: true, isCounted: true, isNeeded: true } as const;
const counted = { isVanishing: true, isCounted: true, isNeeded: false } as const;
const part = { isVanishing: true, isCounted: false, isNeeded: false } as const;
const other = { isVanishing: false, isCounted: false, isNeeded: false } as const;

/** What is known of each kind of destruction where a session carries it out; the gravest first: a row is of the first that is in its statement. */
const statementKinds: Readonly<Record<DestructionKind, StatementKind>> = {
  database: { part: "database", ...whole },
  role: { part: "role", ...whole },
  server: { part: "server", ...counted },
  "mongo-database": { part: "database", ...counted },
  flush: { part: null, ...other, isCounted: true },
  owned: { part: "role", ...other, isCounted: true },
  schema: { part: "schema", ...counted },
  "mongo-user": { part: "user", ...counted, vanishesBy: /^dropUser$/ },
  "acl-user": { part: "user", ...counted, vanishesBy: /^ACL DELUSER$/ },
  stream: { part: "stream", ...counted, vanishesBy: /\bSTREAM\.DELETE$/ },
  catalog: { part: null, ...other },
  tablespace: { part: "tablespace", ...part },
  subscription: { part: "subscription", ...part },
  slot: { part: "slot", ...part },
  extension: { part: "extension", ...part },
  table: { part: "table", ...part },
  collection: { part: "collection", ...part, vanishesBy: /^drop$/ },
  type: { part: "type", ...part },
  column: { part: "column", ...part },
  truncate: { part: "table", ...other },
  "unbounded-delete": { part: "table", ...other },
  keys: { part: null, ...other },
  disarming: { part: null, ...other },
  functional: { part: null, ...other },
  opaque: { part: null, ...other },
};

export function describeKind(kind: DestructionKind): StatementKind {
  return statementKinds[kind];
}

/** Of several the gravest. */
export function gravestOf<T extends { readonly kind: DestructionKind }>(destructions: readonly T[]): T {
  const order = Object.keys(statementKinds);
  const [first] = destructions.toSorted((one, two) => order.indexOf(one.kind) - order.indexOf(two.kind));
  if (first === undefined) throw new Error("a statement that destroys nothing was to be decided on");
  return first;
}

/** The types of rows of sessions that the volume breaker does not count. */
export const uncountedTypes: readonly RecordedType[] = Object.entries(statementKinds).flatMap(
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of a record are its keys
  ([kind, { isCounted }]) => (isCounted ? [] : [kind as DestructionKind]),
);
