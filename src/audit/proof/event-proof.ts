import { OpsError } from "../../errors.ts";
import type { BinaryRow } from "../../postgres/copy-binary.ts";
import { sha256 } from "../../run/sha256.ts";
import { verifyInclusion } from "../merkle/verify-inclusion.ts";
import type { TreeHead } from "../note/checkpoint.ts";
import { builtInProfiles } from "../built-in-profiles.ts";
import { parseProfile } from "../profile.ts";
import type { ChainProfile } from "../profile.ts";
import { createRowCheck } from "../row-check.ts";
import { createRowCodec, RowLineError } from "../rows/row-codec.ts";
import { formatTlogProof, parseTlogProof, unreadableProof } from "./tlog-proof.ts";
import type { TlogProof } from "./tlog-proof.ts";

/**
 * A proof of one event: its row, how rows of its chain are hashed, and that its leaf is in the tree of a checkpoint. Row and
 * profile stand in the proof's extra data, `{"v":1,"profile":…,"row":…}`: the name of a built-in profile or a whole
 * definition, and the row's line as `RowCodec` writes it.
 */
export interface EventProof extends Omit<TlogProof, "extra"> {
  readonly profile: ChainProfile;
  readonly row: BinaryRow;
  /** The row as JSON. */
  readonly line: string;
}

/** What of a proof holds. All of it does, or nothing is proved. */
export interface EventProofCheck {
  /**
   * Whether the row's content gives its row_hash, whose leaf was looked for, and its prev_hash is a hash or none: the bytes
   * of a row of another profile, taken for the fields of this one, have none.
   */
  readonly isContentRight: boolean;
  /** Whether the row's details give their hash; true for erased ones. */
  readonly isDigestRight: boolean;
  /** Whether details were erased: then the proof is of everything else. */
  readonly isErased: boolean;
  /** Whether the leaf is in the checkpoint's tree, at its index. */
  readonly isIncluded: boolean;
}

export function formatEventProof(proof: Omit<EventProof, "row">): string {
  return formatTlogProof({ ...proof, extra: Buffer.from(extraOf(proof.profile, proof.line), "utf8") });
}

/**
 * Reads a proof, but verifies nothing: what it holds is what it says, not what is so.
 *
 * @param what names it in errors
 * @throws OpsError unreadable-proof
 */
export function parseEventProof(text: string, what = "the proof"): EventProof {
  const { extra, ...proof } = parseTlogProof(text, what);
  if (extra === null) throw unreadableProof(what, "it has no extra line, in which the event stands");
  const document = Buffer.from(extra).toString("utf8");
  const { profile, row, line } = readExtra(document, what);
  // One spelling for one event: no other reader of these bytes can see another.
  if (!Buffer.from(extraOf(profile, line), "utf8").equals(extra))
    throw unreadableProof(what, "its extra data are not written as custody writes them");
  return { ...proof, profile, row, line };
}

/** Recomputes the row's hashes, its leaf and the path to the root of `head`, which is believed. */
export function checkEventProof(proof: EventProof, head: TreeHead): EventProofCheck {
  const check = createRowCheck(proof.profile);
  check.check(proof.row);
  const { isDigestRight, isErased } = check.verdict;
  const isLinked = check.readPrevious(proof.row, new Uint8Array(32)) !== "other";
  const isContentRight = check.verdict.isContentRight && isLinked;
  const leafHash = sha256(check.now.stored.leaf);
  return {
    isContentRight,
    isDigestRight,
    isErased,
    isIncluded: verifyInclusion(proof.index, head.size, leafHash, proof.path, head.root),
  };
}

function extraOf(profile: ChainProfile, line: string): string {
  const isBuiltIn = builtInProfiles.includes(profile);
  return `{"v":1,"profile":${JSON.stringify(isBuiltIn ? profile.name : profile)},"row":${line}}`;
}

function readExtra(document: string, what: string): Pick<EventProof, "profile" | "row" | "line"> {
  const parsed = parseJson(document, what);
  if (!isRecord(parsed) || parsed["v"] !== 1)
    throw unreadableProof(what, "its extra data are not of version 1");
  const profile = readProfile(parsed["profile"], what);
  const row = parsed["row"];
  if (!isRecord(row)) throw unreadableProof(what, "its extra data hold no row");
  try {
    const codec = createRowCodec(profile);
    const read = codec.readValues(row);
    return { profile, row: read, line: codec.write(read) };
  } catch (error) {
    if (error instanceof RowLineError || error instanceof OpsError)
      throw unreadableProof(what, `its row is none of profile ${profile.name}: ${error.message}`, error);
    throw error;
  }
}

function readProfile(given: unknown, what: string): ChainProfile {
  if (typeof given === "string") {
    const known = builtInProfiles.find((each) => each.name === given);
    if (known === undefined) throw unreadableProof(what, `its profile ${JSON.stringify(given)} is not known`);
    return known;
  }
  try {
    return parseProfile(JSON.stringify(given), "the profile in its extra data");
  } catch (error) {
    if (error instanceof OpsError) throw unreadableProof(what, error.message, error);
    throw error;
  }
}

function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unreadableProof(what, "its extra data are no JSON", cause);
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
