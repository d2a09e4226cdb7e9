import { bundleFiles } from "../../audit/bundle/statement.ts";
import type { BundleStatement } from "../../audit/bundle/statement.ts";
import { separatorLimit } from "../../audit/separator-limit.ts";
import type { KnownCheckpoint } from "../../audit/checkpoints/known-checkpoint.ts";
import type { Trust } from "../../audit/checkpoints/read-checkpoint.ts";
import type { ChainProfile } from "../../audit/profile.ts";
import { OpsError } from "../../errors.ts";
import type { StepFact } from "../../run/contract.ts";
import { step } from "../../run/step.ts";
import { checkFiles } from "./check-files.ts";
import { checkProof, judgeBundled, readBundled } from "./check-notes.ts";
import { checkRows, compareReport, judgeEnd } from "./check-rows.ts";
import type { CheckedRows, RowsOptions } from "./check-rows.ts";
import { firstOfEach } from "./findings.ts";
import type { BundleFinding } from "./findings.ts";
import type { CheckBundleInput } from "./input.ts";
import type { BundleFolder, CheckBundlePorts } from "./ports.ts";
import { readReport } from "./read-report.ts";
import { readText } from "./read-text.ts";

/** What the rows of the bundle were found to be. */
export interface CheckedFacts {
  readonly rowCount: number;
  readonly verifierWalked: number;
  readonly rootHash: string;
  readonly lastHash: string;
  readonly unanchoredRows: number;
  readonly profile: string;
}

export interface BundledCheckpointFacts {
  readonly file: string;
  readonly origin: string;
  readonly size: number;
  readonly signedBy: readonly string[];
  readonly cosignedBy: readonly string[];
  readonly outcome: string;
}

export type CheckBundleEvent =
  | StepFact
  | {
      readonly type: "report-read";
      readonly signedBy: readonly string[];
      readonly createdAt: string;
      readonly address: string;
      readonly files: number;
      readonly proofs: number;
    }
  | { readonly type: "finding-made"; readonly finding: BundleFinding }
  | { readonly type: "checkpoint-compared"; readonly checkpoint: BundledCheckpointFacts }
  | { readonly type: "bundle-checked"; readonly rows: CheckedFacts | null; readonly findingsTotal: number };

export type CheckBundleVerdict = "clean" | "broken" | "not-verified";

type Facts<T> = AsyncGenerator<CheckBundleEvent, T>;

/** What could not be done. With findings it is told beside them; without, it is why nothing was verified. */
type Failures = OpsError[];

/** Verifies all of a bundle offline. Whatever cannot be read or is not trusted keeps it from being clean. */
export async function* runCheckBundle(
  input: CheckBundleInput,
  ports: CheckBundlePorts,
  signal: AbortSignal,
): Facts<CheckBundleVerdict> {
  const trust = await ports.readTrust(input);
  const profiles = await ports.readProfiles(input);
  const { folder, report } = yield* step("report", "Read the report", async () => {
    const opened = await ports.openFolder(input.folder);
    const text = await readText(opened, bundleFiles.report);
    return { folder: opened, report: readReport(text, trust, input.isUnsignedAllowed) };
  });
  const { statement, signedBy } = report;
  const { predicate, files } = statement;
  yield {
    type: "report-read",
    signedBy,
    createdAt: predicate.created_at,
    address: predicate.chain.address,
    files: files.length + 1,
    proofs: predicate.proofs.length,
  };
  if (signedBy.length === 0) {
    yield {
      type: "noted",
      message: `nobody has signed the report: what it says beside the checkpoints is nobody's word${predicate.base === null ? "" : `, that the first ${predicate.base.size} rows were pruned, too`}`,
    };
  }

  if (predicate.part === "beginning") {
    yield {
      type: "noted",
      message:
        "it is a beginning that was cut off its chain: what later events say of these, such as redactions, is not judged",
    };
  }

  const failures: Failures = [];
  const findings: BundleFinding[] = [
    ...(yield* step("files", "Compare every file", (progress) => checkFiles(folder, statement, progress), {
      unit: "files",
      describe: () => `${files.length} files`,
    })),
  ];
  const checked = yield* walk(
    folder,
    statement,
    { profiles, limitFindings: input.limitFindings, signal },
    failures,
  );
  if (checked !== null) {
    for (const message of separatorLimit(checked.profile)) yield { type: "noted", message };
    findings.push(...checked.rows.findings, ...compareReport(predicate, checked));
  }
  const checkpoints = yield* readAll(folder, statement, trust, failures);
  let anchoredSize = 0;
  if (checked !== null) {
    const { judged, findings: compared } = judgeBundled(checkpoints, predicate, checked.rows);
    ({ anchoredSize } = judged);
    findings.push(...compared);
    if (failures.length === 0) findings.push(...judgeEnd(predicate, checked.rows, anchoredSize));
    for (const message of judged.notes) yield { type: "noted", message };
    for (const { checkpoint, outcome } of judged.outcomes) {
      const { path, head, signedBy: signers, cosignedBy } = checkpoint;
      const { origin, size } = head;
      yield {
        type: "checkpoint-compared",
        checkpoint: { file: path, origin, size, signedBy: signers, cosignedBy, outcome },
      };
    }
  }
  findings.push(...(yield* checkProofs(folder, statement, { trust, profiles }, failures)));
  const unseen = (checked?.rows.findingsTotal ?? 0) - (checked?.rows.findings.length ?? 0);
  const findingsTotal = findings.length + unseen;
  for (const finding of firstOfEach(findings, input.limitFindings)) yield { type: "finding-made", finding };
  yield {
    type: "bundle-checked",
    rows: checked === null ? null : factsOf(checked, anchoredSize),
    findingsTotal,
  };
  return yield* verdictOf(findingsTotal, failures, {
    anchoredSize,
    predicate,
    isSigned: signedBy.length > 0,
  });
}

async function* verdictOf(
  findingsTotal: number,
  failures: Failures,
  {
    anchoredSize,
    predicate,
    isSigned,
  }: { readonly anchoredSize: number; readonly isSigned: boolean } & Pick<BundleStatement, "predicate">,
): Facts<CheckBundleVerdict> {
  if (findingsTotal > 0) {
    for (const { message } of failures) yield { type: "noted", message };
    return "broken";
  }
  const [failure] = failures;
  if (failure !== undefined) throw failure;
  if (predicate.findings_total > 0) {
    throw new OpsError(
      "chain-broken",
      `the report says that ${predicate.findings_total} findings were made, and none can be made of the rows`,
      "see what report.json lists",
    );
  }
  if (anchoredSize === 0 && predicate.checkpoints.every(({ size }) => size > 0)) {
    throw new OpsError(
      "no-checkpoint",
      "the rows could be compared with none of the checkpoints",
      "have the bundle made with a checkpoint that is newer than the last pruning",
    );
  }
  if (!isSigned && predicate.verifier_walked > 0 && anchoredSize <= (predicate.base?.size ?? 0)) {
    throw new OpsError(
      "no-checkpoint",
      "nobody vouches for any of the rows: they are newer than the checkpoints, and nobody has signed the report",
      "have the bundle made with a newer checkpoint, or with --key FILE",
    );
  }
  return "clean";
}

async function* walk(
  folder: BundleFolder,
  statement: BundleStatement,
  options: Pick<RowsOptions, "profiles" | "limitFindings" | "signal">,
  failures: Failures,
): Facts<CheckedRows | null> {
  return yield* step(
    "walk",
    "Hash every event",
    (progress) => {
      const total = statement.predicate.verifier_walked;
      const onProgress = (rows: number): void => progress(rows, total);
      return attempt(failures, () => checkRows(folder, statement, { ...options, onProgress }));
    },
    {
      unit: "rows",
      describe: (checked) =>
        checked === null
          ? "cannot be read"
          : `${checked.rows.verifierWalked} rows, ${checked.rows.findingsTotal} findings`,
    },
  );
}

async function* readAll(
  folder: BundleFolder,
  { predicate }: BundleStatement,
  trust: Trust,
  failures: Failures,
): Facts<readonly KnownCheckpoint[]> {
  return yield* step(
    "checkpoints",
    "Verify the checkpoints",
    async () => {
      const read = predicate.checkpoints.map(({ file }) =>
        attempt(failures, () => readBundled(folder, file, trust)),
      );
      return (await Promise.all(read)).filter((each) => each !== null);
    },
    { describe: (known) => `${known.length} of ${predicate.checkpoints.length}` },
  );
}

async function* checkProofs(
  folder: BundleFolder,
  { predicate }: BundleStatement,
  { trust, profiles }: { readonly trust: Trust; readonly profiles: readonly ChainProfile[] },
  failures: Failures,
): Facts<readonly BundleFinding[]> {
  if (predicate.proofs.length === 0) return [];
  return yield* step(
    "proofs",
    "Check the proofs",
    async () => {
      const findings: BundleFinding[] = [];
      for (const proof of predicate.proofs)
        findings.push(
          ...((await attempt(failures, () => checkProof(folder, proof, { trust, profiles }))) ?? []),
        );
      return findings;
    },
    { describe: () => `${predicate.proofs.length} proofs` },
  );
}

function factsOf({ profile, rows }: CheckedRows, anchoredSize: number): CheckedFacts {
  return {
    rowCount: rows.rowCount,
    verifierWalked: rows.verifierWalked,
    rootHash: rows.rootHash,
    lastHash: rows.lastHash,
    unanchoredRows: Math.max(rows.rowCount - anchoredSize, 0),
    profile: profile.name,
  };
}

async function attempt<T>(failures: Failures, work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof OpsError)) throw error;
    failures.push(error);
    return null;
  }
}
