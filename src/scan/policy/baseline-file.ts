import { readFileSync } from "node:fs";
import { z } from "zod";
import { OpsError } from "../../errors.ts";
import { writeAtomicFile } from "../../run/atomic-file.ts";
import type { Baseline } from "./baseline.ts";

const schema = z.strictObject({
  v: z.literal(1),
  custody: z.literal("scan baseline"),
  findings: z.array(
    z.strictObject({
      rule: z.string(),
      path: z.string(),
      function: z.string(),
      text: z.string(),
      count: z.int().min(1),
    }),
  ),
});

/** Null when there is no such file. Throws `file-unreadable`, and `bad-input` for what is no baseline. */
export function readBaseline(path: string): Baseline | null {
  const source = readText(path);
  if (source === null) return null;
  const parsed = schema.safeParse(parseJson(source));
  if (parsed.success) return { entries: parsed.data.findings };
  const isConflict = /^<{7} /m.test(source);
  const issue = parsed.error.issues[0];
  throw new OpsError(
    "bad-input",
    isConflict
      ? `${path} holds a conflict of a merge`
      : `${path} is no baseline: ${issue?.path.join(".") ?? ""} ${issue?.message ?? "it is no JSON"}`,
    isConflict
      ? "keep the entries of both sides, then run again with --write-baseline, which drops those that fit nothing"
      : "write one with custody scan --write-baseline FILE",
  );
}

/** Throws `file-unwritable`. */
export function writeBaseline(path: string, { entries }: Baseline): void {
  const findings = entries.map(({ rule, path: file, function: name, text, count }) => ({
    rule,
    path: file,
    function: name,
    text,
    count,
  }));
  writeAtomicFile(path, `${JSON.stringify({ v: 1, custody: "scan baseline", findings }, null, 2)}\n`);
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return null;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new OpsError("file-unreadable", `cannot read ${path}: ${why}`, "name another with --baseline", {
      cause,
    });
  }
}

function parseJson(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch {
    return undefined;
  }
}
