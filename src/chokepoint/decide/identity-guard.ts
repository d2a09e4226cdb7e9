import type { Backend } from "../backend.ts";
import type { Refusal } from "../drop.ts";
import type { Part, Resource } from "../resource.ts";
import type { TargetPolicy } from "../target-policy.ts";
import { refuse } from "./refusal.ts";

type Namer = Pick<Backend, "finalName" | "reserved">;

/** What custody itself calls things: a fence is dropped by the drop that put it up, never by a request. */
export const ownNames = /^custody[_-]/i;

/**
 * Whether every final name may be dropped at all: it is what the server would make of it, matches its required pattern, and is no
 * system or admin name, not even when it is folded or cut. Null: nothing is against it. Pure.
 */
export function guardIdentity(resource: Resource, policy: TargetPolicy, namer: Namer): Refusal | null {
  const reserved = new Set([...namer.reserved, ...policy.names.reserved].map(fold));
  for (const [part, name] of partsOf(resource)) {
    const shown = `the ${part} ${JSON.stringify(name)}`;
    if (name === "") return refuse("identity", `the ${part} has an empty name`);
    if (name.includes("\0")) return refuse("identity", `${shown} holds a NUL byte`);
    const final = namer.finalName(part, name);
    if (final !== name)
      return refuse(
        "identity",
        `${shown} is no final name: the server would make it ${JSON.stringify(final)}`,
      );
    if (reserved.has(fold(name))) return refuse("identity", `${shown} is a reserved name`);
    if (ownNames.test(name)) return refuse("identity", `${shown} is one of custody's own`);
    const pattern = policy.names.patterns[part];
    if (pattern !== undefined && !new RegExp(pattern, "u").test(name))
      return refuse("identity", `${shown} does not match names.${part} of ${policy.name}: ${pattern}`);
  }
  return null;
}

function partsOf(resource: Resource): readonly (readonly [Part, string])[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of a record are its keys
  return Object.entries(resource.names) as readonly (readonly [Part, string])[];
}

/** As the loosest server would compare: trimmed, and without case. */
function fold(name: string): string {
  return name.trim().toLowerCase();
}
