import { openCheckpoint } from "../../audit/checkpoints/read-checkpoint.ts";
import type { Trust } from "../../audit/checkpoints/read-checkpoint.ts";
import type { ChainProfile } from "../../audit/profile.ts";
import { checkEventProof, parseEventProof } from "../../audit/proof/event-proof.ts";
import { losesEra } from "../../audit/separator-limit.ts";
import type { EventProof } from "../../audit/proof/event-proof.ts";
import { toHex } from "../../run/sha256.ts";
import { requireTrustedProfile } from "../trusted-profile.ts";

/** A proof, taken apart and recomputed. */
export interface JudgedProof {
  /** The row, every column that its profile reads. */
  readonly event: Readonly<Record<string, unknown>>;
  readonly id: string;
  readonly profile: string;
  /** Of the leaf, from 0. */
  readonly index: number;
  readonly checkpoint: {
    readonly origin: string;
    readonly size: number;
    readonly rootHash: string;
    readonly signedBy: readonly string[];
    readonly cosignedBy: readonly string[];
  };
  readonly checks: readonly ProofCheck[];
  /** What even a proof that holds does not say. */
  readonly limits: readonly string[];
}

export interface ProofCheck {
  readonly name: string;
  readonly isRight: boolean;
  /** What is wrong, in words; "" when nothing is. */
  readonly detail: string;
}

/**
 * Reads a proof and recomputes all that it says. Throws `unreadable-proof`, `untrusted-profile`, and `unreadable-checkpoint` or
 * `untrusted-checkpoint` for its checkpoint: only what somebody trusted has signed is worth a computation.
 */
export function judgeProof(
  text: string,
  path: string,
  trust: Trust,
  profiles: readonly ChainProfile[],
): JudgedProof {
  const proof = parseEventProof(text, path);
  requireTrustedProfile(proof.profile, profiles, path);
  const { head, signedBy, cosignedBy } = openCheckpoint(proof.checkpoint, `the checkpoint in ${path}`, trust);
  const check = checkEventProof(proof, head);
  const event = eventOf(proof);
  const { origin, size } = head;
  const id = event[proof.profile.columns.id];
  return {
    event,
    id: typeof id === "string" ? id : "",
    profile: proof.profile.name,
    index: proof.index,
    checkpoint: { origin, size, rootHash: toHex(head.root), signedBy, cosignedBy },
    checks: [
      {
        name: "content: the row gives its row_hash",
        isRight: check.isContentRight,
        detail: check.isContentRight ? "" : "the content does not give the row_hash that the row has",
      },
      ...(proof.profile.digest === undefined || check.isErased
        ? []
        : [
            {
              name: `${proof.profile.digest.column}: the row's details give it`,
              isRight: check.isDigestRight,
              detail: check.isDigestRight ? "" : `details do not give ${proof.profile.digest.column}`,
            },
          ]),
      {
        name: "inclusion: the row is in the checkpoint's tree, at its index",
        isRight: check.isIncluded,
        detail: check.isIncluded ? "" : "the path does not lead from the row to the checkpoint's root",
      },
    ],
    limits: limitsOf(proof, check.isErased),
  };
}

function eventOf({ line }: EventProof): Readonly<Record<string, unknown>> {
  return { ...JSON.parse(line) };
}

function limitsOf({ profile }: EventProof, isErased: boolean): readonly string[] {
  return [
    ...(isErased
      ? ["what its details were: they were redacted, or somebody left them out of this file"]
      : []),
    ...("separator" in profile.row
      ? [
          `where one of its fields ends and the next begins, nor which empty text is NULL${losesEra(profile.row) ? ", nor whether a year is AD or BC" : ""}: the profile ${profile.name} joins fields by ${JSON.stringify(profile.row.separator)}`,
        ]
      : []),
    "that what the event says is true: it is its writer's word, the timestamp too",
    "anything of events that are newer than the checkpoint, or that were never written",
  ];
}
