import { z } from "zod";
import { OpsError } from "../../errors.ts";

const schema = z.strictObject({
  dbUrl: z.string().min(1),
  /** Null: the one schema that holds a chain. */
  schema: z.string().min(1).nullable(),
  /** A built-in profile, or the path of a profile file; null: by the columns of the table. */
  profile: z.string().min(1).nullable(),
  /** Sessions that read the chain side by side. */
  jobs: z.int("must be a whole number").min(1).max(64),
  limitFindings: z.int("must be a whole number").min(1).max(1_000_000),
});

export type VerifyInput = z.infer<typeof schema>;

/** Throws `bad-usage` with all that is wrong. */
export function parseVerifyInput(given: z.input<typeof schema>): VerifyInput {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new OpsError(
    "bad-usage",
    parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; "),
    "custody chain verify --help lists the flags",
  );
}
