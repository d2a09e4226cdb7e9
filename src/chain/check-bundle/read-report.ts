import { bundleFiles, parseStatement } from "../../audit/bundle/statement.ts";
import type { BundleStatement } from "../../audit/bundle/statement.ts";
import type { Trust } from "../../audit/checkpoints/read-checkpoint.ts";
import { inTotoPayloadType, openEnvelope } from "../../audit/dsse.ts";
import { OpsError } from "../../errors.ts";

/** The report of a bundle, believed. */
export interface ReadReport {
  readonly statement: BundleStatement;
  /** Names of the known keys that signed it; none where that was allowed. */
  readonly signedBy: readonly string[];
}

/** Reads `report.json` and verifies who signed it. Throws `unreadable-bundle`, `untrusted-bundle`. */
export function readReport(text: string, trust: Trust, isUnsignedAllowed: boolean): ReadReport {
  const envelope = openEnvelope(text, [...trust.keys, ...(trust.policy?.logs ?? [])]);
  if (envelope?.payloadType !== inTotoPayloadType)
    throw unreadableBundle("it is no DSSE envelope of an in-toto statement, as custody writes it");
  if (envelope.signatures === 0 && !isUnsignedAllowed) {
    throw untrusted(
      "nobody has signed it",
      "have it made with --key FILE; --allow-unsigned judges its rows and checkpoints all the same",
    );
  }
  if (envelope.signatures > 0 && envelope.signedBy.length === 0) {
    throw untrusted(
      "no known key has signed it, or its signature does not fit",
      "see whose key signed it, and whether --public-key names that key",
    );
  }
  const statement = parseStatement(envelope.payload);
  if ("wrong" in statement) throw unreadableBundle(statement.wrong);
  return { statement, signedBy: envelope.signedBy.map((key) => key.name) };
}

export function unreadableBundle(why: string, cause?: unknown): OpsError {
  return new OpsError(
    "unreadable-bundle",
    `${bundleFiles.report} cannot be read: ${why}`,
    "check that the folder is the one that custody chain bundle made, whole and unchanged",
    { cause },
  );
}

function untrusted(why: string, hint: string): OpsError {
  return new OpsError("untrusted-bundle", `${bundleFiles.report} is not trusted: ${why}`, hint);
}
