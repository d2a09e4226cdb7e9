import type { ExitCode } from "../errors.ts";
import type { OutputFormat, ReportFormat, Shell } from "./shell.ts";

/** One flag, written once: parser, help, completion and the handler's types all read it. */
export interface FlagDefinition {
  readonly type: "string" | "number" | "boolean";
  readonly describe: string;
  /** What stands for the value in the help: `URL`, `FILE`. */
  readonly value?: string;
  readonly choices?: readonly string[];
  readonly default?: string | number;
  readonly required?: true;
  /** May be given more than once; the handler gets a list. */
  readonly repeatable?: true;
}

/** A word after the command's name; all of them are strings. */
export interface PositionalDefinition {
  readonly describe: string;
  readonly choices?: readonly string[];
  readonly required?: true;
  /** Takes all the words that are left; only the last one may. */
  readonly repeatable?: true;
}

type Camel<Name extends string> = Name extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Name;

type Single<Flag> = Flag extends { readonly choices: readonly (infer Choice)[] }
  ? Choice
  : Flag extends { readonly type: "number" }
    ? number
    : Flag extends { readonly type: "boolean" }
      ? boolean
      : string;

type ValueOf<Flag> = Flag extends { readonly repeatable: true }
  ? readonly Single<Flag>[]
  : Flag extends
        | { readonly required: true }
        | { readonly default: string | number }
        | { readonly type: "boolean" }
    ? Single<Flag>
    : Single<Flag> | undefined;

/** What a handler gets: camel-case names; a boolean is false and a list empty when absent. */
export type ArgumentsOf<Definitions> = {
  readonly [Name in keyof Definitions as Name extends string ? Camel<Name> : never]: ValueOf<
    Definitions[Name]
  >;
};

export interface CommandDefinition<
  Flags extends Readonly<Record<string, FlagDefinition>> = Readonly<Record<string, FlagDefinition>>,
  Positionals extends Readonly<Record<string, PositionalDefinition>> = Readonly<
    Record<string, PositionalDefinition>
  >,
> {
  readonly flags: Flags;
  /** In their order on the command line. */
  readonly positionals?: Positionals;
  /** The formats that the command can speak, all but SARIF when absent; others are refused with exit code 2. */
  readonly speaks?: readonly (OutputFormat | ReportFormat)[];
  /** The verdict of the document when the command ends before its feature could run. */
  readonly notRunVerdict?: string;
  /** Lines below the flags in `--help`: a command, and what it does. */
  readonly examples?: readonly (readonly [command: string, describe: string])[];
  /** Flags → input, adapters, `shell.run`. Throws `OpsError` for what cannot be. */
  handler(argv: ArgumentsOf<Flags> & ArgumentsOf<Positionals>, shell: Shell): Promise<ExitCode>;
}

/** A command whose flags were parsed by its own definition: what the command line works with. */
export interface Command extends Omit<CommandDefinition, "handler"> {
  handler(argv: Readonly<Record<string, unknown>>, shell: Shell): Promise<ExitCode>;
}

type NoPositionals = Readonly<Record<string, never>>;

/** Ties the handler's types to the flags. A command module exports its result as `command`. */
export function defineCommand<
  const Flags extends Readonly<Record<string, FlagDefinition>>,
  const Positionals extends Readonly<Record<string, PositionalDefinition>> = NoPositionals,
>(definition: CommandDefinition<Flags, Positionals>): Command {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the parser made `argv` from these very flags
  return { ...definition, handler: (argv, shell) => definition.handler(argv as never, shell) };
}
