import { z } from "zod";
import { fromHex, toHex } from "../../run/sha256.ts";
import type { ChainMark } from "../waypoints.ts";

/** What a bundle's `report.json` says: an in-toto Statement v1 about its files. https://github.com/in-toto/attestation/blob/v1.1.0/spec/v1/statement.md */

export const bundlePredicateType = "urn:custody:chain-bundle:v1";
const statementType = "https://in-toto.io/Statement/v1";

/** Names of a bundle's files. There are no others, so that no name leads anywhere else. */
export const bundleFiles = {
  rows: "rows.jsonl",
  profile: "profile.yaml",
  policy: "policy",
  guide: "verify.md",
  report: "report.json",
} as const;
const fileName =
  /^(?:rows\.jsonl|profile\.yaml|policy|verify\.md|checkpoints\/\d{1,16}(?:-\d{1,4})?\.checkpoint(?:\.identity)?|proofs\/row-\d{1,16}\.tlog-proof)$/;

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.int().min(0);
const file = z.string().regex(fileName);

const predicate = z.object({
  tool: z.object({ name: z.string(), version: z.string() }),
  created_at: z.string(),
  verdict: z.enum(["clean", "broken"]),
  /**
   * `whole`: every row that the chain had. `beginning`: those that were cut off it; what later rows say of them (that one was
   * redacted, that those before were pruned) is not here.
   */
  part: z.enum(["whole", "beginning"]).default("whole"),
  chain: z.object({
    address: z.string(),
    server_version: z.string(),
    schema: z.string(),
    table: z.string(),
    profile: z.string(),
    cluster: z.string().nullable(),
    chain_id: z.string().nullable(),
  }),
  row_count: count,
  verifier_walked: count,
  first_break_id: z.string(),
  first_break_pos: z.int(),
  chain_head_hash: z.string(),
  root_hash: hash,
  unanchored_rows: count,
  findings: z.array(
    z.object({
      class: z.string(),
      position: z.int(),
      id: z.string(),
      detail: z.string(),
      cause: z.string(),
    }),
  ),
  findings_total: count,
  /** What the first row stands on, where a beginning of the chain was pruned. */
  base: z.object({ size: count, row_hash: hash, frontier: z.array(hash) }).nullable(),
  checkpoints: z
    .array(
      z.object({
        file,
        origin: z.string(),
        size: count,
        root_hash: hash,
        signature_checked: z.boolean(),
        signed_by: z.array(z.string()),
        cosigned_by: z.array(z.string()),
        outcome: z.string(),
      }),
    )
    .min(1),
  proofs: z.array(z.object({ file, id: z.string(), index: count })),
  notes: z.array(z.string()),
});

const statement = z.object({
  _type: z.literal(statementType),
  subject: z.array(z.object({ name: file, digest: z.object({ sha256: hash }) })),
  predicateType: z.literal(bundlePredicateType),
  predicate,
});

export type BundlePredicate = z.infer<typeof predicate>;

export interface BundleStatement {
  /** Every file of the bundle but the report itself. Digests are lower-case hex. */
  readonly files: readonly { readonly name: string; readonly sha256: string }[];
  readonly predicate: BundlePredicate;
}

export function formatStatement({ files, predicate: about }: BundleStatement): Uint8Array {
  const subject = files.map(({ name, sha256 }) => ({ name, digest: { sha256 } }));
  return Buffer.from(
    JSON.stringify({ _type: statementType, subject, predicateType: bundlePredicateType, predicate: about }),
  );
}

/** What is wrong with a payload that is no statement of a bundle, or the statement. Every file is named once. */
export function parseStatement(payload: Uint8Array): BundleStatement | { readonly wrong: string } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload));
  } catch {
    return { wrong: "its payload is no JSON" };
  }
  const read = statement.safeParse(parsed);
  if (!read.success) {
    const [issue] = read.error.issues;
    return { wrong: `its payload is no statement of a bundle: ${issue?.path.join(".")}: ${issue?.message}` };
  }
  const files = read.data.subject.map(({ name, digest }) => ({ name, sha256: digest.sha256 }));
  const names = new Set(files.map(({ name }) => name));
  if (names.size !== files.length) return { wrong: "it names a file twice" };
  const { checkpoints, proofs } = read.data.predicate;
  const needed = [
    bundleFiles.rows,
    bundleFiles.profile,
    ...[...checkpoints, ...proofs].map((each) => each.file),
  ];
  const missing = needed.find((each) => !names.has(each));
  if (missing !== undefined) return { wrong: `it has no digest of ${missing}` };
  const loose = files.find(({ name }) => isNote(name) && !isCited(name, needed));
  if (loose !== undefined) return { wrong: `it says nothing of ${loose.name}` };
  return { files, predicate: read.data.predicate };
}

function isNote(name: string): boolean {
  return name.startsWith("checkpoints/") || name.startsWith("proofs/");
}

function isCited(name: string, cited: readonly string[]): boolean {
  return cited.includes(name.replace(/\.identity$/, ""));
}

/** A mark as the statement has it, and back. */
export function baseDocument(base: ChainMark | null): BundlePredicate["base"] {
  return base && { size: base.size, row_hash: toHex(base.rowHash), frontier: base.frontier.map(toHex) };
}

export function baseMark(base: BundlePredicate["base"]): ChainMark | null {
  const bytes = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array(0);
  return base && { size: base.size, rowHash: bytes(base.row_hash), frontier: base.frontier.map(bytes) };
}
