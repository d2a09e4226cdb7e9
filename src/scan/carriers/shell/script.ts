import type { MappedText } from "../mapped-text.ts";

/** A shell script, as far as it matters what is run with which words. Places are offsets in the script. */
export type ShellStatement =
  | {
      readonly do: "run";
      readonly words: readonly ShellWord[];
      readonly sets: readonly ShellAssignment[];
      readonly redirects: readonly ShellRedirect[];
    }
  /** Each reads what the one before it writes. */
  | { readonly do: "pipe"; readonly stages: readonly ShellStatement[] }
  | {
      readonly do: "group";
      readonly body: readonly ShellStatement[];
      readonly redirects: readonly ShellRedirect[];
    }
  /** One of several ways, or none. */
  | { readonly do: "branch"; readonly ways: readonly (readonly ShellStatement[])[] }
  | {
      readonly do: "for";
      readonly variable: string;
      readonly items: readonly ShellWord[];
      readonly body: readonly ShellStatement[];
    }
  | { readonly do: "set"; readonly set: ShellAssignment }
  | {
      readonly do: "define";
      readonly name: string;
      readonly body: ShellStatement;
      readonly at: number;
      readonly end: number;
    };

export interface ShellAssignment {
  readonly name: string;
  /** Several for an array. */
  readonly values: readonly ShellWord[];
  readonly isArray: boolean;
  readonly isAppend: boolean;
}

export type ShellRedirect =
  /** A here-document or a here-string. */
  | { readonly to: "input"; readonly text: ShellWord }
  /** `< path`. */
  | { readonly to: "read"; readonly path: ShellWord }
  /** `> path`, `>> path`. */
  | { readonly to: "write"; readonly path: ShellWord };

export interface ShellWord {
  readonly parts: readonly ShellPart[];
  readonly at: number;
}

export type ShellPart =
  | { readonly is: "text"; readonly text: MappedText; readonly isQuoted: boolean }
  /** `$X`, `${X}`, `${X:-fallback}`; `@` and digits too. Other forms of `${…}` are unknown. */
  | {
      readonly is: "variable";
      readonly name: string;
      readonly fallback: ShellWord | null;
      readonly isQuoted: boolean;
      readonly at: number;
    }
  /** `$(…)`, backticks, `<(…)`. */
  | {
      readonly is: "output";
      readonly body: readonly ShellStatement[];
      /** Whether it is the name of a file that holds what is written: `<(…)`. */
      readonly isFile: boolean;
      readonly isQuoted: boolean;
      readonly at: number;
    }
  | { readonly is: "unknown"; readonly at: number };
