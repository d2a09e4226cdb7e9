/** A program that runs another command, and where that command stands among its words. */
export interface Wrapper {
  /** The program and its sub-commands: `docker compose exec`. */
  readonly path: readonly string[];
  /** Options that take a value, of the program and of its sub-commands. */
  readonly valued: ReadonlySet<string>;
  /** Operands before the command: the host of ssh, the container of `docker exec`. */
  readonly skips: number;
  /** `words` are a command's own words; `script` are joined and read by a shell. */
  readonly rest: "words" | "script" | "none";
  /** Options whose value is a script for a shell. */
  readonly scripts: readonly string[];
  /** Whether words like NAME=value before the command are assignments. */
  readonly assigns: boolean;
  /** Whether `--`, wherever it stands, is where the command begins. */
  readonly dashes: boolean;
  /** Whether the last operand that is skipped is an image, which most often runs the program that it is called after. */
  readonly isImage: boolean;
  /** Whether it is a shell: with no command, what is piped into it is a script. */
  readonly reads: boolean;
}

export function wrap(
  path: string,
  valued = "",
  form: Partial<Omit<Wrapper, "path" | "valued">> = {},
): Wrapper {
  return {
    path: path.split(" "),
    valued: new Set([...valued.split(" ").filter((flag) => flag !== ""), ...(form.scripts ?? [])]),
    skips: 0,
    rest: "words",
    scripts: [],
    assigns: false,
    dashes: false,
    reads: false,
    isImage: false,
    ...form,
  };
}
