import { baseMark, bundleFiles } from "../../audit/bundle/statement.ts";
import type { BundlePredicate, BundleStatement } from "../../audit/bundle/statement.ts";
import { parseProfile } from "../../audit/profile.ts";
import type { ChainProfile } from "../../audit/profile.ts";
import { verifyRows } from "../../audit/rows/verify-rows.ts";
import type { RowsVerification } from "../../audit/rows/verify-rows.ts";
import { OpsError } from "../../errors.ts";
import { readLines } from "../../run/read-lines.ts";
import { requireTrustedProfile } from "../trusted-profile.ts";
import { bundleFinding } from "./findings.ts";
import type { BundleFinding } from "./findings.ts";
import type { BundleFolder } from "./ports.ts";
import { readText } from "./read-text.ts";

/** Two jsonb of 1 MiB whose every character is escaped, and room. */
const mostLineBytes = 64 * 1024 * 1024;

export interface CheckedRows {
  readonly profile: ChainProfile;
  readonly rows: RowsVerification;
}

export interface RowsOptions {
  /** Those that are believed. */
  readonly profiles: readonly ChainProfile[];
  readonly limitFindings: number;
  readonly onProgress: (rows: number) => void;
  readonly signal: AbortSignal;
}

/** Hashes and links every row as the report's chain would have it. Throws `unreadable-bundle`, `unreadable-rows`, `untrusted-profile`. */
export async function checkRows(
  folder: BundleFolder,
  { predicate }: BundleStatement,
  { profiles, ...options }: RowsOptions,
): Promise<CheckedRows> {
  const profile = readProfile(await readText(folder, bundleFiles.profile));
  requireTrustedProfile(profile, profiles, bundleFiles.profile);
  const open = (): AsyncIterable<string> => readLines(folder.chunks(bundleFiles.rows), mostLineBytes);
  const rows = await verifyRows(profile, bundleFiles.rows, open, {
    ...options,
    base: baseMark(predicate.base),
    chainId: predicate.chain.chain_id,
    isWhole: predicate.part === "whole",
    waypoints: predicate.checkpoints.map((each) => each.size),
  });
  return { profile, rows };
}

function readProfile(text: string): ChainProfile {
  try {
    return parseProfile(text, bundleFiles.profile);
  } catch (error) {
    if (!(error instanceof OpsError)) throw error;
    throw new OpsError(
      "unreadable-bundle",
      error.message,
      "check that the folder is the one that custody chain bundle made, whole and unchanged",
      { cause: error },
    );
  }
}

/** What the report says of the rows and what they are. What it found where no row tells of it is told again. */
export function compareReport(
  predicate: BundlePredicate,
  { profile, rows }: CheckedRows,
): readonly BundleFinding[] {
  const findings: BundleFinding[] = [];
  const differ = (what: string, said: string | number, seen: string | number): void => {
    if (said !== seen) {
      findings.push(bundleFinding("report-wrong", `the report says ${what} ${said}, the rows give ${seen}`));
    }
  };
  differ("row_count", predicate.row_count, rows.rowCount);
  differ("verifier_walked", predicate.verifier_walked, rows.verifierWalked);
  differ("root_hash", predicate.root_hash, rows.rootHash);
  const told = predicate.findings.filter(
    (each) => each.class === "head-mismatch" || each.class === "guard-changed",
  );
  const isHeadTold = told.some((each) => each.class === "head-mismatch");
  if (profile.head !== undefined && !isHeadTold)
    differ("chain_head_hash", predicate.chain_head_hash, rows.lastHash);
  for (const { class: name, position, id, detail, cause } of told) {
    if (name === "head-mismatch" || name === "guard-changed")
      findings.push({ class: name, position, id, detail, cause });
  }
  return findings;
}

/** A beginning that was cut off its chain ends where a checkpoint vouches for it: a chain is cut nowhere else. */
export function judgeEnd(
  { part }: BundlePredicate,
  { rowCount }: RowsVerification,
  anchoredSize: number,
): readonly BundleFinding[] {
  if (part === "whole" || anchoredSize === 0 || anchoredSize >= rowCount) return [];
  const behind = rowCount - anchoredSize;
  return [
    bundleFinding("report-wrong", `an archive ends at a checkpoint, and ${behind} rows stand behind it`),
  ];
}
