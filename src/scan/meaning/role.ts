import type { Context } from "../site.ts";

/** What a call does with the texts that it is given. */
export type Role =
  /** It runs them: as SQL, as a command, as a database's command. */
  | { readonly does: "executes"; readonly isSure: boolean }
  /** It uses them for something that destroys nothing. */
  | { readonly does: "shows"; readonly as: HarmlessContext }
  /** What comes out of it is what went in: what is around it decides. */
  | { readonly does: "passes" }
  | { readonly does: "unknown" };

export type HarmlessContext = Extract<
  Context,
  "logged" | "raised" | "compared" | "matched" | "documented" | "asserted" | "parsed"
>;

export const executes: Role = { does: "executes", isSure: true };
export const probablyExecutes: Role = { does: "executes", isSure: false };
export const passes: Role = { does: "passes" };
export const unknownRole: Role = { does: "unknown" };
export function shows(as: HarmlessContext): Role {
  return { does: "shows", as };
}
