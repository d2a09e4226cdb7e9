import { OpsError } from "../../../errors.ts";

/** What a program of a target may be told. Absent: it is not known at this step. */
export interface Values {
  readonly name?: string;
  readonly token?: string;
  readonly drop_id?: string;
  readonly folder?: string;
}

const placeholder = /\{(name|token|drop_id|folder)\}/g;

/** The placeholders that a template has. */
export function placeholdersOf(argv: readonly string[]): ReadonlySet<string> {
  return new Set(argv.flatMap((each) => [...each.matchAll(placeholder)].map(([, name = ""]) => name)));
}

/**
 * Replaces placeholders within single arguments: a value never makes two of one, and no shell ever reads it. Throws `bad-input` for a
 * value that is not known, and for one that would make an option of an argument that is none.
 */
export function fillTemplate(argv: readonly string[], values: Values): readonly string[] {
  return argv.map((template) => {
    const filled = template.replaceAll(placeholder, (_, name: keyof Values) => valueOf(name, values));
    if (filled.startsWith("-") && !template.startsWith("-"))
      throw new OpsError(
        "bad-input",
        `${JSON.stringify(filled)} would be read as an option of ${argv[0] ?? ""}`,
        `names do not begin with a dash; the argument is ${template}`,
      );
    return filled;
  });
}

function valueOf(name: keyof Values, values: Values): string {
  const value = values[name];
  if (value === undefined || value === "")
    throw new OpsError(
      "bad-input",
      `a program of the target is told {${name}}, and the request has none`,
      `give it with the request, or leave {${name}} out of the target's command`,
    );
  if (value.includes("\0")) throw new OpsError("bad-input", `{${name}} holds a NUL byte`, "name it without");
  return value;
}
