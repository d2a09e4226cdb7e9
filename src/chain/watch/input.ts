import { z } from "zod";
import { parseDuration } from "../../config/duration.ts";
import { OpsError } from "../../errors.ts";

const duration = (leastMs: number, least: string) =>
  z.string().transform((given, context) => {
    const ms = parseDuration(given);
    if (ms !== null && ms >= leastMs && ms <= 2 ** 31 - 1) return ms;
    const message = `is no duration of at least ${least}: ${given} (write 30s, 10m, 6h)`;
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  });

const schema = z
  .strictObject({
    dbUrl: z.string().min(1),
    /** Null: the one schema that holds a chain. */
    schema: z.string().min(1).nullable(),
    /** A built-in profile, or the path of a profile file; null: by the columns of the table. */
    profile: z.string().min(1).nullable(),
    /** Milliseconds. */
    interval: duration(100, "100ms"),
    fullEvery: duration(1000, "1s"),
    onceBroken: z.enum(["exit", "alarm"]),
    /** Files of checkpoints that the chain must agree with; each may have a FILE.identity beside it. */
    checkpoints: z.array(z.string().min(1)).readonly(),
    /** vkeys, or files of them. */
    publicKeys: z.array(z.string().min(1)).readonly(),
    /** A tlog-policy file whose quorum every checkpoint must meet. */
    policy: z.string().min(1).nullable(),
    /** A NOTIFY channel that wakes the watch before its interval is over. */
    listen: z.string().min(1).max(63).nullable(),
  })
  .refine((each) => each.checkpoints.length === 0 || each.publicKeys.length > 0 || each.policy !== null, {
    message:
      "is worth nothing without the key of whoever signed it: give --public-key, or --policy with its log lines",
    path: ["checkpoint"],
  })
  .refine((each) => each.checkpoints.length > 0 || (each.publicKeys.length === 0 && each.policy === null), {
    message: "says nothing without --checkpoint FILE: nothing else is signed",
    path: ["public-key or --policy"],
  });

export type WatchInput = z.output<typeof schema>;

/** Throws `bad-usage` with all that is wrong. */
export function parseWatchInput(given: z.input<typeof schema>): WatchInput {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new OpsError(
    "bad-usage",
    parsed.error.issues
      .map(
        (issue) =>
          `--${issue.path.join(".").replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} ${issue.message}`,
      )
      .join("; "),
    "custody chain watch --help lists the flags",
  );
}
