import { createHash } from "node:crypto";
import type { Destruction } from "../../../destruction/destruction.ts";
import type { Sighting, Speaker } from "../ports.ts";
import type { SessionCommand } from "./session-command.ts";

/** A destruction, and the form of the command that asks for it. */
export interface Sighted {
  readonly destruction: Destruction;
  readonly form: string;
}

/** Commands whose second word is part of their name. */
const containers: ReadonlySet<string> = new Set(["ACL", "CLUSTER", "CONFIG", "DEBUG", "FUNCTION", "MODULE"]);

/** The command with its values taken out: its name, what is a word of the language, a `?` for each value. The script of EVAL is no value. */
export function formOf({ name, rest }: SessionCommand, destruction: Destruction): string {
  const [first = "", ...others] = rest;
  if (name === "EVAL") return `EVAL ${first} ?`;
  if (containers.has(name)) {
    const isConfig = name === "CONFIG";
    const values = others.map((word, at) => (isConfig && at % 2 === 0 ? word.toLowerCase() : "?"));
    return [name, first.toUpperCase(), ...values].join(" ");
  }
  return [destruction.what.replace(/^unknown command /u, ""), ...rest.map(() => "?")].join(" ");
}

/** One command, alone; or all that a transaction queued, at its EXEC. No lock waits with either: Redis has none. */
export function sightingOf(speaker: Speaker, sighted: readonly Sighted[], isAlone: boolean): Sighting {
  return {
    speaker,
    destructions: sighted.map(({ destruction }) => destruction),
    fingerprint: createHash("sha256")
      .update(sighted.map(({ form }) => form).join("\n"))
      .digest("hex"),
    tags: new Map(),
    isInTransaction: false,
    isAlone,
    isForced: false,
  };
}
