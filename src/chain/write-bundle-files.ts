import { stringify } from "yaml";
import { createEnvelope, inTotoPayloadType } from "../audit/dsse.ts";
import { baseDocument, bundleFiles, formatStatement } from "../audit/bundle/statement.ts";
import type { BundlePredicate } from "../audit/bundle/statement.ts";
import { formatVerifyGuide } from "../audit/bundle/verify-guide.ts";
import type { AnchoredVerification } from "../audit/checkpoints/judge-anchors.ts";
import { signatureTypes } from "../audit/note/key-id.ts";
import { parseVerifierKey } from "../audit/note/vkey.ts";
import type { VerifierKey } from "../audit/note/vkey.ts";
import { formatEventProof } from "../audit/proof/event-proof.ts";
import type { ChainProfile } from "../audit/profile.ts";
import { OpsError } from "../errors.ts";
import type { NewFolder } from "../run/new-folder.ts";
import { toHex } from "../run/sha256.ts";
import { version } from "../run/version.ts";
import type { ProofCollector } from "../audit/proof/proof-collector.ts";
import type { BundledCheckpoint, GivenFiles } from "./given-files.ts";
import type { ChainFacts } from "../audit/open-snapshot.ts";

interface Contents {
  readonly facts: ChainFacts;
  readonly profile: ChainProfile;
  readonly given: GivenFiles;
  readonly anchored: AnchoredVerification;
  /** Whether the rows are all that the chain had, or a beginning of it. */
  readonly part: BundlePredicate["part"];
  /** Ids of the events to be proved, and what was gathered for it; null where none is to be. */
  readonly proving: {
    readonly events: readonly string[];
    readonly proofs: Pick<ProofCollector, "indexOf" | "proofAt">;
  } | null;
}

/** A proof that was written. */
export interface BundledProof {
  readonly file: string;
  readonly id: string;
  readonly index: number;
}

/** Writes all but the rows, which are there already, the signed report last. */
export function writeBundleFiles(
  folder: Pick<NewFolder, "write" | "files">,
  contents: Contents,
): readonly BundledProof[] {
  const { given, profile, anchored } = contents;
  const { checkpoints, key } = given;
  const names = checkpointNames(checkpoints);
  for (const [index, { note, identityNote }] of checkpoints.entries()) {
    const name = names[index] ?? "";
    folder.write(name, note);
    if (identityNote !== null) folder.write(`${name}.identity`, identityNote);
  }
  const proofs = anchored.verification.findingsTotal > 0 ? [] : writeProofs(folder, contents);
  folder.write(bundleFiles.profile, stringify(profile));
  const signer = key === null ? null : parseVerifierKey(key.vkey);
  const keys = knownKeys(given, signer);
  folder.write(bundleFiles.policy, given.policyText ?? formatPolicy(keys));
  const predicate = predicateOf(contents, names, proofs);
  folder.write(bundleFiles.guide, formatVerifyGuide(predicate, keys, signer, profile));
  const statement = formatStatement({ files: folder.files(), predicate });
  const envelope = createEnvelope(statement, inTotoPayloadType, key === null ? [] : [key]);
  folder.write(bundleFiles.report, `${JSON.stringify(envelope)}\n`);
  return proofs;
}

/** `checkpoints/<size>.checkpoint`, numbered where several are of one size. */
function checkpointNames(checkpoints: readonly BundledCheckpoint[]): readonly string[] {
  return checkpoints.map(({ head }, index) => {
    const before = checkpoints.slice(0, index).filter((each) => each.head.size === head.size).length;
    return `checkpoints/${head.size}${before === 0 ? "" : `-${before + 1}`}.checkpoint`;
  });
}

/** Each under the newest checkpoint. Throws `bad-input` for an event that is newer than all of them. */
function writeProofs(folder: Pick<NewFolder, "write">, contents: Contents): readonly BundledProof[] {
  const { proving, given, anchored, profile } = contents;
  if (proving === null) return [];
  const { events, proofs } = proving;
  const { waypoints } = anchored.verification;
  const matched = anchored.outcomes.filter(({ outcome }) => outcome === "matched");
  const newest = given.checkpoints.findLast((each) =>
    matched.some(({ checkpoint }) => checkpoint.path === each.path),
  );
  const mark = newest === undefined ? undefined : waypoints.get(newest.head.size);
  return [...new Set(events)].map((id) => {
    const found = mark === undefined ? null : proofs.proofAt(id, mark);
    if (found === null || newest === undefined) {
      const index = proofs.indexOf(id);
      throw new OpsError(
        "bad-input",
        `no checkpoint vouches for the event ${JSON.stringify(id)}${index === null ? "" : `, row ${index + 1} of the chain`}`,
        "make a newer checkpoint: custody chain checkpoint",
      );
    }
    const file = `proofs/row-${found.index + 1}.tlog-proof`;
    folder.write(file, formatEventProof({ ...found, profile, checkpoint: newest.note }));
    return { file, id, index: found.index };
  });
}

function knownKeys({ trust }: GivenFiles, signer: VerifierKey | null): readonly VerifierKey[] {
  const all = [
    ...trust.keys,
    ...(trust.policy?.logs ?? []),
    ...(trust.policy?.witnesses ?? []).map((each) => each.key),
    ...(signer === null ? [] : [signer]),
  ];
  return [...new Map(all.map((key) => [key.vkey, key])).values()];
}

/** A tlog-policy that knows the keys and asks for no quorum. */
function formatPolicy(keys: readonly VerifierKey[]): string {
  const logs = keys.filter((key) => key.type === signatureTypes.ed25519).map((key) => `log ${key.vkey}\n`);
  const witnesses = keys
    .filter((key) => key.type === signatureTypes.cosignature)
    .map((key, index) => `witness w${index + 1} ${key.vkey}\n`);
  return `# The keys that the maker of this bundle used.\n${[...logs, ...witnesses].join("")}quorum none\n`;
}

function predicateOf(
  { facts, anchored, given, part }: Contents,
  names: readonly string[],
  proofs: readonly BundledProof[],
): BundlePredicate {
  const { verification, outcomes } = anchored;
  return {
    tool: { name: "custody", version },
    created_at: new Date().toISOString(),
    part,
    verdict: verification.findingsTotal === 0 ? "clean" : "broken",
    chain: {
      address: facts.address,
      server_version: facts.serverVersion,
      schema: facts.schema,
      table: facts.table,
      profile: facts.profile,
      cluster: facts.cluster,
      chain_id: verification.chainId,
    },
    row_count: verification.rowCount,
    verifier_walked: verification.verifierWalked,
    first_break_id: verification.firstBreakId,
    first_break_pos: verification.firstBreakPos,
    chain_head_hash: verification.chainHeadHash,
    root_hash: verification.rootHash,
    unanchored_rows: verification.unanchoredRows,
    findings: verification.findings.map((each) => ({ ...each })),
    findings_total: verification.findingsTotal,
    base: baseDocument(verification.base),
    checkpoints: given.checkpoints.map((checkpoint, index) => ({
      file: names[index] ?? "",
      origin: checkpoint.head.origin,
      size: checkpoint.head.size,
      root_hash: toHex(checkpoint.head.root),
      signature_checked: checkpoint.isVerified,
      signed_by: [...checkpoint.signedBy],
      cosigned_by: [...checkpoint.cosignedBy],
      outcome: outcomes.find((each) => each.checkpoint.path === checkpoint.path)?.outcome ?? "",
    })),
    proofs: proofs.map((each) => ({ ...each })),
    notes: [...verification.notes],
  };
}
