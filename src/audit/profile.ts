import { parse } from "yaml";
import { z } from "zod";
import { OpsError } from "../errors.ts";

/**
 * What a field's bytes are. `text`: UTF-8 of its text form. `bytes`: bytea as it is. `int8`: eight bytes. `micros`: eight
 * bytes, microseconds since 2000-01-01 UTC. `utc-micros`: the text `YYYY-MM-DDTHH:MM:SS.ffffffZ`.
 */
const forms = ["text", "bytes", "int8", "micros", "utc-micros"] as const;

const name = z
  .string()
  .min(1)
  .max(63)
  .refine((each) => !each.includes("\0"), { message: "holds a NUL character" });
const column = z.strictObject({ column: name, as: z.enum(forms).default("text") });
const literal = z.strictObject({ literal: z.string() });
const field = z.union([name.transform((each) => ({ column: each, as: "text" as const })), column, literal]);

/** Fields joined by a separator, NULL being nothing; or each behind its length in four bytes, NULL having length -1. */
const payload = z.union([
  z.strictObject({ separator: z.string(), fields: z.array(field).min(1) }),
  z.strictObject({ length: z.literal("int32"), fields: z.array(field).min(1) }),
]);
const digestSchema = z.strictObject({
  column: name,
  erased: z.array(name).default([]),
  length: z.literal("int32"),
  fields: z.array(field).min(1),
});

const schema = z
  .strictObject({
    name: z.string().min(1),
    table: name,
    order: z.enum(["seq", "links"]),
    /** In which order links are looked for; any order is right, the one in which they were made is fast. */
    sort: z.array(name).default([]),
    columns: z.strictObject({ id: name, seq: name.optional(), prev_hash: name, row_hash: name }),
    /** Of prev_hash, row_hash and the digest: bytea, or lower-case hex text. */
    hash_encoding: z.enum(["bytes", "hex"]),
    /** What the first row has: NULL, an empty value, or SHA-256( field('custody.chain.v1') field(head.chain_id) ). */
    first_prev_hash: z.enum(["null", "empty", "chain-id"]),
    row: payload,
    digest: digestSchema.optional(),
    /** The chain that custody installs: prunings, redactions and guards are checked as well. */
    rules: z.literal("custody-v1").optional(),
    head: z
      .strictObject({
        table: name,
        key: name,
        row_hash: name,
        seq: name.optional(),
        chain_id: name.optional(),
      })
      .optional(),
  })
  .refine((each) => (each.order === "seq") === (each.columns.seq !== undefined), {
    message: "order: seq and columns.seq need each other",
  })
  .refine((each) => each.order === "seq" || each.sort.length > 0, { message: "order: links needs sort" })
  .refine((each) => each.digest === undefined || "length" in each.row, { message: "digest needs row.length" })
  .refine((each) => each.digest === undefined || each.hash_encoding === "bytes", {
    message: "digest needs hash_encoding: bytes",
  })
  .refine((each) => each.digest?.erased.every((one) => hasColumn(each.digest, one)) !== false, {
    message: "digest.erased names columns that are not among digest.fields",
  })
  .refine(
    (each) => !("length" in each.row && hasText(each.row.fields)) && !hasText(each.digest?.fields ?? []),
    {
      message: "utc-micros is a text for row.separator: behind a length a time is micros",
    },
  )
  .refine((each) => each.head?.seq === undefined || each.order === "seq", {
    message: "head.seq needs order: seq",
  })
  .refine((each) => each.first_prev_hash !== "chain-id" || each.head?.chain_id !== undefined, {
    message: "first_prev_hash: chain-id needs head.chain_id",
  });

function hasColumn(digest: z.infer<typeof digestSchema> | undefined, wanted: string): boolean {
  return digest?.fields.some((each) => "column" in each && each.column === wanted) === true;
}

function hasText(fields: readonly z.infer<typeof field>[]): boolean {
  return fields.some((each) => "column" in each && each.as === "utc-micros");
}

/** How the rows of a chain are hashed and linked: what a profile file says. */
export type ChainProfile = z.infer<typeof schema>;
export type ProfileField = z.infer<typeof field>;
export type ProfilePayload = z.infer<typeof payload>;

/** Reads a profile file. Throws `bad-config` with all that is wrong in it; `source` says where it came from. */
export function parseProfile(text: string, source: string): ChainProfile {
  const parsed = schema.safeParse(readYaml(text, source));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    (issue) => `${issue.path.join(".") || "the file"}: ${issue.message}`,
  );
  throw badProfile(source, problems.join("; "));
}

function readYaml(text: string, source: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    // The parser shows the line in lines of its own: an error is one line.
    const [said = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
    throw badProfile(source, said.replace(/:$/, ""));
  }
}

function badProfile(source: string, what: string): OpsError {
  return new OpsError(
    "bad-config",
    `${source} is no chain profile: ${what}`,
    "the built-in profiles show the form: docs/chain.md",
  );
}
