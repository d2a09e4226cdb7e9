import type { Fingerprint } from "../fingerprint.ts";

/** What a fence changes, and undo gives back from what the fence noted: no tombstone tells what it was. */
const changedByFence: ReadonlySet<string> = new Set(["owner", "grants", "connection limit"]);

/** A fingerprint without the owner, the grants and the connection limit of the database itself. */
export function withoutFence<Side extends Pick<Fingerprint, "objects">>(fingerprint: Side): Side {
  const objects = fingerprint.objects.map((object) =>
    object.kind === "database" && object.identity === "itself"
      ? {
          ...object,
          facts: Object.fromEntries(
            Object.entries(object.facts).filter(([fact]) => !changedByFence.has(fact)),
          ),
        }
      : object,
  );
  return { ...fingerprint, objects };
}
