import type { z } from "zod";

/** What is wrong with a value by its form, in the file's own terms; undefined: zod's words will do. Values of free form may be secrets, and are not repeated. Pure. */
export function explainIssue(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === "invalid_type" && issue.input === undefined) return "is missing";
  if (issue.code !== "invalid_value" || typeof issue.input !== "string") return undefined;
  return `${JSON.stringify(issue.input)} is none of ${issue.values.join(", ")}`;
}
