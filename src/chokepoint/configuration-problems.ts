import { OpsError } from "../errors.ts";

/** One thing that is wrong with a configuration whose form is right. */
export interface ConfigurationProblem {
  /** Such as `customers.url`; empty where the message says it. */
  readonly where: string;
  readonly error: OpsError;
}

/** Runs a check: what it finds wrong is a problem, and the other checks go on. */
export async function judge(
  where: string,
  check: () => Promise<unknown>,
): Promise<readonly ConfigurationProblem[]> {
  try {
    await check();
    return [];
  } catch (error) {
    if (error instanceof OpsError) return [{ where, error }];
    throw error;
  }
}

/** Throws `bad-config` with every problem; for none, nothing. */
export function requireNoProblem(file: string, problems: readonly ConfigurationProblem[]): void {
  if (problems.length === 0) return;
  const told = problems.map(({ where, error }) => `${where === "" ? "" : `${where}: `}${error.message}`);
  const hints = new Set(problems.map(({ error }) => error.hint));
  throw new OpsError(
    "bad-config",
    `${file}:${told.length === 1 ? "" : ` ${told.length} problems:`} ${told.join("; ")}`,
    Array.from(hints).join("; "),
  );
}
