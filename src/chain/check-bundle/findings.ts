import type { Finding, FindingClass } from "../../audit/finding.ts";

/** What can be wrong with a bundle, beside what can be wrong with a chain. */
type BundleFindingClass =
  | "file-altered"
  | "file-missing"
  | "file-unexpected"
  | "report-wrong"
  | "proof-wrong";

export interface BundleFinding extends Omit<Finding, "class"> {
  readonly class: FindingClass | BundleFindingClass;
}

const causes: Readonly<Record<BundleFindingClass, string>> = {
  "file-altered": "the file was changed after the bundle was made",
  "file-missing": "the file was removed after the bundle was made",
  "file-unexpected": "the file was added after the bundle was made",
  "report-wrong":
    "the report and the rows are of different bundles, or the report was made for rows that are not here",
  "proof-wrong": "the proof was changed, or is of another chain",
};

/** A finding that is no row's. */
export function bundleFinding(name: BundleFindingClass, detail: string): BundleFinding {
  return { class: name, position: -1, id: "", detail, cause: causes[name] };
}

/** The first `limit` findings of files, of the report, of proofs and of rows: however many of one kind there are, none hides another. */
export function firstOfEach(findings: readonly BundleFinding[], limit: number): readonly BundleFinding[] {
  const seen = new Map<string, number>();
  return findings.filter(({ class: name }) => {
    const kind = /^(?:file|report|proof)-/.exec(name)?.[0] ?? "";
    const before = seen.get(kind) ?? 0;
    seen.set(kind, before + 1);
    return before < limit;
  });
}
