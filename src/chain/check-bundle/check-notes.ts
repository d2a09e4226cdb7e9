import { namesAnotherChain } from "../../audit/checkpoints/judge-anchors.ts";
import { judgeCheckpoints } from "../../audit/checkpoints/judge-checkpoints.ts";
import type { CheckpointJudgement } from "../../audit/checkpoints/judge-checkpoints.ts";
import type { KnownCheckpoint } from "../../audit/checkpoints/known-checkpoint.ts";
import { logKeysFor, openCheckpoint } from "../../audit/checkpoints/read-checkpoint.ts";
import type { Trust } from "../../audit/checkpoints/read-checkpoint.ts";
import type { BundlePredicate, BundleStatement } from "../../audit/bundle/statement.ts";
import { parseIdentity } from "../../audit/note/identity.ts";
import { openNote } from "../../audit/note/signed-note.ts";
import type { ChainProfile } from "../../audit/profile.ts";
import { checkEventProof, parseEventProof } from "../../audit/proof/event-proof.ts";
import type { RowsVerification } from "../../audit/rows/verify-rows.ts";
import { OpsError } from "../../errors.ts";
import { toHex } from "../../run/sha256.ts";
import { requireTrustedProfile } from "../trusted-profile.ts";
import { bundleFinding } from "./findings.ts";
import type { BundleFinding } from "./findings.ts";
import type { BundleFolder } from "./ports.ts";
import { readText } from "./read-text.ts";

/**
 * Verifies a checkpoint of the bundle, and the identity note beside it. Throws `unreadable-checkpoint`,
 * `untrusted-checkpoint`, `unreadable-bundle`.
 */
export async function readBundled(
  folder: BundleFolder,
  name: string,
  trust: Trust,
): Promise<KnownCheckpoint> {
  const checkpoint = openCheckpoint(await readText(folder, name), name, trust);
  const beside = `${name}.identity`;
  if (!folder.entries.has(beside)) return { path: name, ...checkpoint, identity: null };
  const keys = logKeysFor(checkpoint.head.origin, trust);
  const identity = parseIdentity(openNote(await readText(folder, beside), keys, beside).text, beside);
  if (identity.checkpointSha256 === checkpoint.textSha256) return { path: name, ...checkpoint, identity };
  throw new OpsError(
    "untrusted-checkpoint",
    `${beside} is not trusted: it belongs to another checkpoint`,
    "it was put beside the wrong checkpoint; ask for another bundle",
  );
}

/** Compares the rows with every checkpoint, each at its own size, and each with what the report says of it. */
export function judgeBundled(
  checkpoints: readonly KnownCheckpoint[],
  predicate: BundlePredicate,
  rows: RowsVerification,
): { readonly judged: CheckpointJudgement; readonly findings: readonly BundleFinding[] } {
  const judged = judgeCheckpoints(checkpoints, rows, {
    // On which cluster the rows were is the live verification's to judge.
    serverChange: () => "same",
    isForeign: ({ head }) => namesAnotherChain(head.origin, predicate.chain.chain_id),
    isSuperseded: () => false,
  });
  const wrong = checkpoints.flatMap(({ path, head }) => {
    const said = predicate.checkpoints.find((each) => each.file === path);
    const isRight =
      said?.size === head.size && said.origin === head.origin && said.root_hash === toHex(head.root);
    return isRight ? [] : [bundleFinding("report-wrong", `${path} is not what the report says of it`)];
  });
  return { judged, findings: [...judged.findings, ...wrong] };
}

/** Checks the proof of one event. Throws `unreadable-proof`, `untrusted-profile`, and what its checkpoint is refused with. */
export async function checkProof(
  folder: BundleFolder,
  { file, id, index }: BundleStatement["predicate"]["proofs"][number],
  { trust, profiles }: { readonly trust: Trust; readonly profiles: readonly ChainProfile[] },
): Promise<readonly BundleFinding[]> {
  const proof = parseEventProof(await readText(folder, file), file);
  requireTrustedProfile(proof.profile, profiles, file);
  const { head } = openCheckpoint(proof.checkpoint, `the checkpoint in ${file}`, trust);
  const { isContentRight, isDigestRight, isIncluded } = checkEventProof(proof, head);
  const row: unknown = JSON.parse(proof.line);
  const column = proof.profile.columns.id;
  const isOfEvent =
    typeof row === "object" &&
    row !== null &&
    Object.entries(row).some(([key, value]) => key === column && value === id);
  if (isContentRight && isDigestRight && isIncluded && isOfEvent && proof.index === index) return [];
  return [
    bundleFinding(
      "proof-wrong",
      isOfEvent && proof.index === index
        ? `${file} does not prove its event`
        : `${file} is of another event than the report says`,
    ),
  ];
}
