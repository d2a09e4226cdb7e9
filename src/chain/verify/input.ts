import { z } from "zod";
import { OpsError } from "../../errors.ts";

const wholeNumber = (most: number) =>
  z.number().refine((given) => Number.isInteger(given) && given >= 1 && given <= most, {
    error: ({ input }) => `must be a whole number from 1 to ${most}: ${String(input)}`,
  });

const schema = z
  .strictObject({
    dbUrl: z.string().min(1),
    /** Null: the one schema that holds a chain. */
    schema: z.string().min(1).nullable(),
    /** A built-in profile, or the path of a profile file; null: by the columns of the table. */
    profile: z.string().min(1).nullable(),
    /** Files of checkpoints; each may have a FILE.identity beside it. */
    checkpoints: z.array(z.string().min(1)).readonly(),
    /** Whether a chain that no checkpoint could be compared with is not verified. */
    isCheckpointRequired: z.boolean(),
    /** vkeys, or files of them. */
    publicKeys: z.array(z.string().min(1)).readonly(),
    /** A tlog-policy file whose quorum every checkpoint must meet. */
    policy: z.string().min(1).nullable(),
    /** Where the operator's signed notes are kept; null: below custody's state folder. */
    state: z.string().min(1).nullable(),
    /** Accepts a restore, if that is what is found: why, and the key that signs for it. */
    acceptance: z.strictObject({ reason: z.string().min(1), key: z.string().min(1) }).nullable(),
    /** Sessions that read the chain side by side. */
    jobs: wholeNumber(64),
    limitFindings: wholeNumber(1_000_000),
  })
  .refine((each) => each.checkpoints.length === 0 || each.publicKeys.length > 0 || each.policy !== null, {
    message:
      "is worth nothing without the key of whoever signed it: give --public-key, or --policy with its log lines",
    path: ["checkpoint"],
  })
  .refine((each) => each.checkpoints.length > 0 || (each.publicKeys.length === 0 && each.policy === null), {
    message: "says nothing without --checkpoint FILE: nothing else is signed",
    path: ["public-key or --policy"],
  })
  .refine((each) => each.checkpoints.length > 0 || !each.isCheckpointRequired, {
    message: "needs --checkpoint FILE",
    path: ["require-checkpoint"],
  })
  .refine((each) => each.checkpoints.length > 0 || each.acceptance === null, {
    message: "needs --checkpoint FILE: only what a checkpoint tells can be a restore",
    path: ["accept-restore"],
  })
  .refine((each) => !/[\u0000-\u001f]/.test(each.acceptance?.reason ?? ""), {
    message: "must be one line",
    path: ["reason"],
  });

export type VerifyInput = z.infer<typeof schema>;

/** Throws `bad-usage` with all that is wrong. */
export function parseVerifyInput(given: z.input<typeof schema>): VerifyInput {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new OpsError(
    "bad-usage",
    parsed.error.issues.map((issue) => `${flagOf(issue.path)} ${issue.message}`).join("; "),
    "custody chain verify --help lists the flags",
  );
}

function flagOf(path: readonly PropertyKey[]): string {
  return `--${path.join(".").replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
