import type { DestructionKind } from "../destruction/kinds.ts";
import { resourceKinds } from "./resource.ts";
import type { Part, TargetKind } from "./resource.ts";
import { showSpan } from "./show-span.ts";
import type { TargetPolicy } from "./target-policy.ts";

/** What a target's configuration leaves off that protects: one line each, told at every start. Pure. */
export function nameWhatIsOpen(policy: TargetPolicy): readonly string[] {
  const { name, tombstone, approval } = policy;
  const open: string[] = [];
  if (policy.terminality === null)
    open.push(
      `${name}: terminality is off: the platform is not asked whether a resource has come to its end`,
    );
  if (!policy.intent.isRequired)
    open.push(`${name}: intent.required is off: a request need not say its state nor until when it is valid`);
  if (tombstone.mode === "off")
    open.push(`${name}: tombstone.mode is off: a drop destroys at once, with no way back`);
  if (tombstone.mode === "soft")
    open.push(
      `${name}: tombstone.mode is soft: after ${showSpan(tombstone.retentionMs)} there is no way back`,
    );
  if (tombstone.mode === "required" && tombstone.recipients.length === 0)
    open.push(`${name}: tombstone.recipients is empty: tombstones lie in the clear in ${tombstone.dir}`);
  if (tombstone.mode === "required" && tombstone.retentionMs === 0)
    open.push(`${name}: tombstone.retention is 0: only the dump is left once it is proved`);
  if (approval.default === "allow" && approval.hold.length === 0 && approval.deny.length === 0)
    open.push(`${name}: approval allows every kind: no second person is asked`);
  const { parts, kinds } = namedOn(policy.kind);
  const free = parts.filter((part) => policy.names.patterns[part] === undefined);
  if (free.length > 0)
    open.push(
      `${name}: no pattern for names.${free.join(", names.")}: any name is taken that is not reserved`,
    );
  const strange = [...approval.hold, ...approval.deny].filter((kind) => !kinds.includes(kind));
  if (strange.length > 0)
    open.push(
      `${name}: approval speaks of ${strange.join(", ")}, which a target of kind ${policy.kind} has not`,
    );
  return open;
}

/** The parts that a request may name on a target of that kind, and the kinds of destruction that it can ask for. */
function namedOn(kind: TargetKind): {
  readonly parts: readonly Part[];
  readonly kinds: readonly DestructionKind[];
} {
  const types = Object.values(resourceKinds).filter(({ target }) => target === kind);
  return {
    parts: [
      ...new Set(types.flatMap(({ required, optional }): readonly Part[] => [...required, ...optional])),
    ],
    kinds: [...new Set(types.flatMap(({ kinds }): readonly DestructionKind[] => kinds))],
  };
}
