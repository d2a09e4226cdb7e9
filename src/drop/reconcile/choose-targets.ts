import { OpsError } from "../../errors.ts";

/** The targets that are named, in their own order; all where none is. Throws `bad-usage` for a name that is none of theirs. */
export function chooseTargets<Named extends { readonly name: string }>(
  targets: readonly Named[],
  wanted: readonly string[],
): readonly Named[] {
  const unknown = wanted.find((name) => !targets.some((each) => each.name === name));
  if (unknown !== undefined) {
    const names = targets.map(({ name }) => name).join(", ");
    throw new OpsError(
      "bad-usage",
      `no target is named ${unknown}`,
      names === "" ? "there is none that you may speak of" : `name one of ${names}`,
    );
  }
  return targets.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
}
