/** One error that pg_restore reported and went on after. */
export interface ToolError {
  /** `TABLE public.orders`; null when pg_restore did not say. */
  readonly object: string | null;
  readonly dumpId: number | null;
  readonly message: string;
  readonly statement: string | null;
}

const kept = 1000;

/**
 * Reads pg_restore's standard error line by line (it runs with LC_ALL=C). The words are only shown, never decided upon;
 * a statement that imitates them can spoil the report of its own restore and nothing else.
 */
export function createToolErrors(): {
  line(text: string): void;
  finish(): {
    readonly errors: readonly ToolError[];
    readonly leftOut: number;
    readonly fatal: string | null;
    /** Of every entry that failed: jobs side by side write in between one another, so that an error may bear another's place. */
    readonly dumpIds: ReadonlySet<number>;
  };
} {
  const errors: { -readonly [Key in keyof ToolError]: ToolError[Key] }[] = [];
  const dumpIds = new Set<number>();
  let leftOut = 0;
  let place: { readonly object: string | null; readonly dumpId: number | null } = {
    object: null,
    dumpId: null,
  };
  let statement: string[] | null = null;
  let fatal: string | null = null;
  /** Lines of the error's own text (DETAIL, HINT) that follow it. */
  let isOpen = false;

  const closeStatement = (): void => {
    const last = errors.at(-1);
    if (statement !== null && last !== undefined) last.statement = statement.join("\n").trim();
    statement = null;
  };

  return {
    line(text) {
      // Jobs write a line in parts, prefix first: prefixes meet, and what follows one stands alone.
      const isPrefixed = text.startsWith("pg_restore:");
      const rest = text.replace(/^(?:pg_restore: ?)+/, "").trimStart();
      // The first words of another job's line may stand before it.
      const entry = /^(?:(?:error|warning|pg_restore): ?)*from TOC entry (\d+); \d+ \d+ (.*)$/.exec(rest);
      if (isPrefixed || entry !== null) {
        closeStatement();
        isOpen = false;
        if (entry !== null) {
          place = { object: entry[2] ?? null, dumpId: Number(entry[1]) };
          dumpIds.add(Number(entry[1]));
          return;
        }
        const error = /^error: (?:could not execute query: )?(?:ERROR:\s+)?(.*)$/.exec(rest);
        if (error === null) return;
        fatal = error[1] ?? null;
        if (errors.length >= kept) {
          leftOut += 1;
          return;
        }
        errors.push({ ...place, message: error[1] ?? "", statement: null });
        isOpen = true;
        return;
      }
      if (isOpen && text.startsWith("Command was: ")) {
        statement = [text.slice("Command was: ".length)];
        isOpen = false;
        return;
      }
      if (statement !== null) {
        if (statement.length < 200) statement.push(text);
        return;
      }
      const last = errors.at(-1);
      if (isOpen && last !== undefined && last.message.length < 2000) last.message += `\n${text}`;
    },
    finish() {
      closeStatement();
      return { errors, leftOut, fatal, dumpIds };
    },
  };
}
