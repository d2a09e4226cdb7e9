import { z } from "zod";
import { OpsError } from "../../errors.ts";

const schema = z
  .strictObject({
    dbUrl: z.string().min(1),
    /** Null: the one schema that holds a chain. */
    schema: z.string().min(1).nullable(),
    /** Microseconds since 2000-01-01 UTC: only what happened and was recorded earlier goes. */
    before: z.bigint(),
    /** Files of checkpoints; the cut is at the size of one of them. */
    checkpoints: z
      .array(z.string().min(1))
      .min(1, "is missing: a chain is cut where a checkpoint vouches for it"),
    /** The folder that is made; null only where nothing is to be done. */
    archive: z.string().min(1).nullable(),
    /** vkeys, or files of them. */
    publicKeys: z.array(z.string().min(1)).readonly(),
    /** A tlog-policy file whose quorum every checkpoint must meet. */
    policy: z.string().min(1).nullable(),
    /** Where the operator's signed notes are kept; null: below custody's state folder. */
    state: z.string().min(1).nullable(),
    /** The file of the key that signs the archive's report; null: nobody signs it. */
    key: z.string().min(1).nullable(),
    /** Who is said to have done it; null: the session's user. */
    actor: z.string().min(1).nullable(),
    isDryRun: z.boolean(),
  })
  .refine((each) => each.publicKeys.length > 0 || each.policy !== null, {
    message:
      "is missing: nothing is removed on the word of a checkpoint that nobody has checked (or give --policy)",
    path: ["public-key"],
  })
  .refine((each) => each.archive !== null || each.isDryRun, {
    message: "is missing: nothing is removed that is not kept elsewhere (--dry-run needs none)",
    path: ["archive"],
  });

export type PruneInput = z.infer<typeof schema>;

/** Throws `bad-usage` with all that is wrong. */
export function parsePruneInput(given: z.input<typeof schema>): PruneInput {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new OpsError(
    "bad-usage",
    parsed.error.issues.map(({ path, message }) => `--${flagOf(path.join("."))} ${message}`).join("; "),
    "custody chain prune --help lists the flags",
  );
}

/** Those that an issue can name: what is repeatable is a list of its values. */
function flagOf(path: string): string {
  return path === "checkpoints" ? "checkpoint" : path;
}
