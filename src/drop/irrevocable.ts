import type { TargetDocument } from "../chokepoint/documents/target-document.ts";
import { OpsError } from "../errors.ts";

/** What is to be confirmed before a drop on this target is asked for; null where there is a way back. Throws `bad-input`. */
export function whatToConfirm(
  targets: readonly TargetDocument[],
  { target, name, word }: { readonly target: string; readonly name: string; readonly word: "drop" | "purge" },
): { readonly what: string; readonly expected: string; readonly isIrrevocable: boolean } {
  const found = targets.find((each) => each.name === target);
  if (found === undefined) {
    throw new OpsError(
      "bad-input",
      `there is no target ${target} that you may speak of`,
      `there ${targets.length === 0 ? "are none" : `are ${targets.map((each) => each.name).join(", ")}`}`,
    );
  }
  const why =
    word === "purge"
      ? "a purge destroys what undo would bring back"
      : found.tombstone === "off"
        ? "the target keeps no tombstone"
        : "the target keeps nothing of what is dropped";
  return {
    what: `Nobody can undo this: ${name} on ${target} (${found.host}) goes for good, ${why}`,
    expected: `${found.host}/${name}`,
    isIrrevocable: word === "purge" || found.is_irrevocable,
  };
}
