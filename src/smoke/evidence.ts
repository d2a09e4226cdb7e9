import { createEnvelope, inTotoPayloadType } from "../audit/dsse.ts";
import type { DsseEnvelope } from "../audit/dsse.ts";
import type { SigningKey } from "../audit/note/signing-key.ts";
import type { SmokeVerdict } from "./events.ts";
import { smokeDocument } from "./report.ts";
import type { SmokeState } from "./state.ts";

/** The controls that a restore test is evidence for. */
const controls = [
  { framework: "ISO/IEC 27001:2022", control: "A.8.13", title: "Information backup" },
  { framework: "SOC 2", control: "A1.3", title: "Recovery plan procedures are tested" },
] as const;

export const predicateType = "urn:custody:restore-proof:v1";

interface EvidenceInput {
  readonly state: SmokeState;
  readonly verdict: SmokeVerdict;
  readonly version: string;
  readonly startedAt: Date;
  readonly finishedAt: Date;
  readonly key: SigningKey | null;
}

/**
 * An in-toto Statement v1 about the archive (or, where there is none, the restored database) in a DSSE envelope.
 * Without a key the envelope has no signature: it documents, it does not attest.
 * https://github.com/in-toto/attestation/blob/v1.1.0/spec/v1/statement.md
 */
export function createEvidence(input: EvidenceInput): DsseEnvelope {
  const { state } = input;
  const statement = {
    _type: "https://in-toto.io/Statement/v1",
    subject: [subjectOf(state)],
    predicateType,
    predicate: {
      tool: { name: "custody", version: input.version },
      started_at: input.startedAt.toISOString(),
      finished_at: input.finishedAt.toISOString(),
      controls,
      verdict: input.verdict,
      ...smokeDocument(state),
    },
  };
  return createEnvelope(
    Buffer.from(JSON.stringify(statement)),
    inTotoPayloadType,
    input.key ? [input.key] : [],
  );
}

/** A directory's digest is that of the list of its files, so it goes by another name than a file's. */
function subjectOf(state: SmokeState): {
  readonly name: string;
  readonly digest: Readonly<Record<string, string>>;
} {
  if (state.archive) {
    const algorithm = state.archive.format === "directory" ? "custodyDirectorySha256" : "sha256";
    return { name: state.archive.path, digest: { [algorithm]: state.archive.sha256 } };
  }
  return {
    name: state.source?.address ?? "restored database",
    digest: { custodyChainHead: state.post.chain_head_hash ?? "" },
  };
}
