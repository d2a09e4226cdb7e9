import type { FencePlan, Identity, JsonObject } from "../../drop.ts";
import type { Part, Resource } from "../../resource.ts";
import type { Command, Link } from "./link.ts";
import { lastKey, markKey } from "./key-names.ts";
import { bytesOf } from "./replies.ts";
import { OpsError } from "../../../errors.ts";

/**
 * How far a fence is, kept on the server beside what it tells of. With `fenced` the names are free: keys that have the old prefix
 * from then on are another tenant's, and no fence is put up again. `undoing` moves keys from the fence, `restoring` reads them from a
 * tombstone into a place beside, `returning` moves them from there to their names once they were compared.
 */
export const marks = [
  "fencing",
  "fenced",
  "undoing",
  "restoring",
  "returning",
  "undone",
  "destroying",
  "gone",
] as const;
export type Mark = (typeof marks)[number];

/** What is over is remembered for as long as somebody may still ask how it ended. */
const keptMs = 30 * 24 * 60 * 60 * 1000;

/** Null: never begun, long over, or lost with the server's memory. `prefix` is where an undo puts the keys. The link's database is custody's. */
export async function readMark(
  link: Link,
  fenceId: string,
): Promise<{ readonly mark: Mark | null; readonly prefix: string | null }> {
  const reply = await link.ask(["GET", markKey(fenceId)]);
  const [text = "", prefix = null] =
    reply === null ? [] : bytesOf(reply, "GET").toString("utf8").split(/ (.*)/s, 2);
  return { mark: marks.find((each) => each === text) ?? null, prefix };
}

export function setMark(fenceId: string, mark: Mark, prefix: string | null = null): Command {
  const isOver = mark === "undone" || mark === "gone";
  const value = prefix === null ? mark : `${mark} ${prefix}`;
  return ["SET", markKey(fenceId), value, ...(isOver ? ["PX", String(keptMs)] : [])];
}

/** What a plan says of itself; the only reader of `saved` and `secret`. */
export interface RedisPlan {
  readonly fenceId: string;
  readonly user: string | null;
  readonly prefix: string | null;
  readonly fencePrefix: string;
  /** The line of ACL LIST; null where there was no user. */
  readonly line: string | null;
  /** Part → the fence that freed the name before, which the identity tells. */
  readonly last: Readonly<Partial<Record<Part, string>>>;
}

export function writePlan(identity: Identity, plan: RedisPlan, more: JsonObject): FencePlan {
  return {
    identity,
    fenceNames: { keys: plan.fencePrefix },
    saved: {
      ...more,
      fence_id: plan.fenceId,
      user: plan.user,
      prefix: plan.prefix,
      last: plan.last,
    },
    secret: plan.line === null ? null : { acl: plan.line },
  };
}

/** Throws where a plan is not one of this backend's: a row that was tampered with, or another version's. */
export function readPlan(plan: FencePlan): RedisPlan {
  const { fence_id: fenceId, user = null, prefix = null, last = {} } = plan.saved;
  const line = plan.secret?.["acl"] ?? null;
  const fencePrefixText = plan.fenceNames.keys;
  const isText = (value: unknown): value is string | null => value === null || typeof value === "string";
  if (
    typeof fenceId !== "string" ||
    fencePrefixText === undefined ||
    !isText(user) ||
    !isText(prefix) ||
    !isText(line) ||
    typeof last !== "object" ||
    last === null
  )
    throw new OpsError(
      "bad-input",
      "the recorded plan of a fence is none of Redis",
      "see the drop's row in the ledger",
    );
  const lastOf = (part: Part): Partial<Record<Part, string>> => {
    const value: unknown = Object.entries(last).find(([name]) => name === part)?.[1];
    return typeof value === "string" ? { [part]: value } : {};
  };
  return {
    fenceId,
    user,
    prefix,
    fencePrefix: fencePrefixText,
    line,
    last: { ...lastOf("user"), ...lastOf("keys") },
  };
}

/** The parts of a resource that this backend knows, in the order in which they are locked. */
export function partsOf(
  resource: Resource,
): readonly { readonly part: "user" | "keys"; readonly name: string }[] {
  const { user, keys } = resource.names;
  return [
    ...(keys === undefined ? [] : [{ part: "keys" as const, name: keys }]),
    ...(user === undefined ? [] : [{ part: "user" as const, name: user }]),
  ];
}

/** After a fence the names' next owners are told from this one; whoever undoes it gives the names their old owners back. */
export function setLast(plan: RedisPlan, to: "this" | "before"): readonly Command[] {
  const names = [
    ...(plan.prefix === null ? [] : [{ part: "keys" as const, name: plan.prefix }]),
    ...(plan.user === null ? [] : [{ part: "user" as const, name: plan.user }]),
  ];
  return names.map(({ part, name }): Command => {
    const value = to === "this" ? plan.fenceId : plan.last[part];
    return value === undefined ? ["UNLINK", lastKey(part, name)] : ["SET", lastKey(part, name), value];
  });
}
