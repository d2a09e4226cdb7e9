import { OpsError } from "../../errors.ts";
import { sha256, toHex } from "../../run/sha256.ts";

/** Which cluster a checkpoint was made on: what tells a restore from a tampering. */
export interface ClusterIdentity {
  /** `pg_control_system()`'s, decimal. */
  readonly systemIdentifier: string;
  readonly timeline: number;
  readonly databaseOid: string;
  /** Where the write-ahead log was, `16/B374D848`. */
  readonly lsn: string;
}

/** What stands beside a checkpoint as `FILE.identity`. */
export interface IdentityNote extends ClusterIdentity {
  /** Of the checkpoint's text, lower-case hex. */
  readonly checkpointSha256: string;
}

const header = "custody identity v1";

/** The text of the note beside a checkpoint (formats.md section 5): six lines, signed by the checkpoint's key. */
export function formatIdentity(checkpointText: string, identity: ClusterIdentity): string {
  const { systemIdentifier, timeline, databaseOid, lsn } = identity;
  const digest = toHex(sha256(Buffer.from(checkpointText)));
  return [header, digest, systemIdentifier, String(timeline), databaseOid, lsn]
    .map((line) => `${line}\n`)
    .join("");
}

/**
 * Reads the text of an identity note. Whose checkpoint it is of is for the caller to compare.
 *
 * @throws OpsError unreadable-checkpoint
 */
export function parseIdentity(text: string, what = "the identity note"): IdentityNote {
  const found =
    /^custody identity v1\n([0-9a-f]{64})\n(0|[1-9][0-9]{0,19})\n([1-9][0-9]{0,9})\n([1-9][0-9]{0,9})\n([0-9A-F]{1,8}\/[0-9A-F]{1,8})\n$/.exec(
      text,
    );
  const [, checkpointSha256, systemIdentifier, timeline, databaseOid, lsn] = found ?? [];
  if (
    checkpointSha256 === undefined ||
    systemIdentifier === undefined ||
    timeline === undefined ||
    databaseOid === undefined ||
    lsn === undefined
  ) {
    throw new OpsError(
      "unreadable-checkpoint",
      `${what} does not say which cluster a checkpoint is of: its lines are not those of ${header}`,
      "check that it is the FILE.identity that custody chain checkpoint wrote beside FILE",
    );
  }
  return { checkpointSha256, systemIdentifier, timeline: Number(timeline), databaseOid, lsn };
}

/** `16/B374D848` as a number. */
export function lsnOf(text: string): bigint {
  const [high = "0", low = "0"] = text.split("/");
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}
