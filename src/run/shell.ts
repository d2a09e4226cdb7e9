import type { ExitCode } from "../errors.ts";
import type { Fact, Feature } from "./contract.ts";

/** What a run can be shown as on stdout. */
export const outputFormats = ["human", "json", "jsonl", "junit", "github", "sarif"] as const;
export type OutputFormat = (typeof outputFormats)[number];

/** What a run can be written to a file as. */
export const reportFormats = [...outputFormats, "prometheus"] as const;
export type ReportFormat = (typeof reportFormats)[number];

/** What every command can speak; SARIF is for what analyses sources. */
export const commonFormats: readonly ReportFormat[] = reportFormats.filter((each) => each !== "sarif");

export const logLevels = ["trace", "debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];

/** A stream of the process that text is written to. Writing never throws; a reader that went away is not an error. */
export interface Writer {
  write(text: string): void;
  readonly isTTY: boolean;
  /** Width of the terminal now; 80 when it is none. */
  columns(): number;
  /** Resolves when all that was written so far has left the process, or its reader has gone; absent where nothing waits. */
  flush?(): Promise<void>;
}

/** What the process edge hands in: nothing below it touches `process`. */
export interface ProcessEdge {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute path of the working directory. */
  readonly cwd: string;
  /** Standard input, untouched until this is called. */
  readonly openStdin: () => AsyncIterable<Uint8Array> & { readonly isTTY: boolean };
  readonly stdout: Writer;
  readonly stderr: Writer;
  /** Fires at the first SIGINT, SIGTERM or SIGHUP, and when the reader of stdout went away. */
  readonly signal: AbortSignal;
  /** While somebody listens a SIGHUP is theirs, and no interruption. */
  readonly onHangup: (listener: () => void) => Disposable;
  /** Told once, when the command has begun: a SIGHUP that came before is kept until then, and is an interruption if nobody listens by now. */
  readonly onBegun: () => void;
  /** This very program, to be started again: what runs it, and the arguments ahead of its own. */
  readonly program: { readonly file: string; readonly args: readonly string[] };
}

/** The flags that every command has. */
export interface Globals {
  readonly output: OutputFormat;
  readonly reports: readonly { readonly format: ReportFormat; readonly path: string }[];
  /** The file of `--config`; null looks for `custody.yaml`. */
  readonly config: string | null;
  readonly logLevel: LogLevel;
  readonly quiet: boolean;
  /** Whether stdout is to be coloured. */
  readonly color: boolean;
  /** Whether the locale can show characters beyond ASCII. */
  readonly unicode: boolean;
}

/** What a command's handler is given beside its flags. */
export interface Shell extends ProcessEdge {
  readonly globals: Globals;
  /**
   * Runs a feature by the contract: shows its facts as `--output` asks, writes every `--report` and the run's document
   * in the state folder, prints an error as two lines, and returns the exit code. Never throws what the feature throws.
   */
  run<Input, Ports, Event extends Fact, Verdict extends string, State>(
    feature: Feature<Input, Ports, Event, Verdict, State>,
    input: Input,
    ports: Ports,
  ): Promise<ExitCode>;
}
