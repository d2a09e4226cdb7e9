import type { DestructionKind } from "../../destruction/kinds.ts";
import { ownNames } from "../decide/identity-guard.ts";
import { refuse } from "../decide/refusal.ts";
import type { Refusal } from "../drop.ts";
import { fencePrefix } from "../fence-prefix.ts";
import type { Target } from "../ports.ts";
import type { Part } from "../resource.ts";
import { describeKind } from "./kinds-of-statements.ts";
import type { WireStatement } from "./statement.ts";

/** Kinds whose names are those of whole resources: what no policy gives up. */
const guarded: ReadonlySet<DestructionKind> = new Set([
  "database",
  "role",
  "schema",
  "owned",
  "functional",
  "mongo-database",
  "mongo-user",
  "acl-user",
  "stream",
]);

/**
 * What no session destroys, whatever the policy of its listener says: what every server has, who is in charge of it, and custody's own:
 * a fence is given back, or destroyed, by the drop that put it up. Null: nothing is against it. Pure.
 */
export function guardStatement(
  { destructions, session }: Pick<WireStatement, "destructions" | "session">,
  { policy, backend }: Target,
): Refusal | null {
  const reserved = new Set([...backend.reserved, ...policy.names.reserved].map(fold));
  if (fold(session.database).startsWith(fencePrefix))
    return refuse("identity", `the session is in ${session.database}, which is behind a fence of custody's`);
  for (const { kind, what, names } of destructions) {
    for (const name of names) {
      const shown = `${what} ${JSON.stringify(name)}`;
      if (guarded.has(kind)) {
        const final = backend.finalName(partOf(kind), name);
        if (reserved.has(fold(final))) return refuse("identity", `${shown}: this is a reserved name`);
        if (ownNames.test(final)) return refuse("identity", `${shown}: this is one of custody's own`);
      } else if (
        fold(name)
          .split(".")
          .some((each) => each.startsWith(fencePrefix))
      )
        return refuse("identity", `${shown}: this is behind a fence of custody's`);
    }
  }
  return null;
}

function partOf(kind: DestructionKind): Part {
  return describeKind(kind).part ?? "role";
}

/** As the loosest server would compare. */
function fold(name: string): string {
  return name.trim().toLowerCase();
}
