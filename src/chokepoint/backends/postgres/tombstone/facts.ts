import type { TombstoneProof } from "../../../../backup/tombstone/conclude.ts";
import type { RecordedTombstone } from "../../../../backup/tombstone/open.ts";
import type { ProofFacts } from "../../../backend.ts";

/** What `src/backup/tombstone` is told of what the ledger knows. */
export function recordedOf({ fingerprint }: { readonly fingerprint?: string | undefined }): {
  readonly recorded?: RecordedTombstone;
} {
  return fingerprint === undefined ? {} : { recorded: { fingerprint } };
}

/** A comparison's verdict as the engine has it. Names, counts and digests; never values of rows. */
export function toProofFacts(proof: TombstoneProof): ProofFacts {
  const failed = proof.assertions.flatMap(({ name, ok, expected, actual }) =>
    ok === false ? [`${name}: expected ${expected}, found ${actual}`] : [],
  );
  const differences = proof.differences.map(({ object, kind, detail }) => `${object} (${kind}): ${detail}`);
  return {
    isEqual: proof.verdict === "proved",
    differences: differences.length > 0 ? differences : failed,
    seconds: proof.seconds,
  };
}
