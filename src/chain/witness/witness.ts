import { cosign } from "../../audit/note/cosignature.ts";
import { addSignatureLines } from "../../audit/note/signed-note.ts";
import type { SigningKey } from "../../audit/note/signing-key.ts";
import type { VerifierKey } from "../../audit/note/vkey.ts";
import { createKeyedQueue } from "../../run/keyed-queue.ts";
import type { Judged } from "./events.ts";
import { admitSubmission, judgeExtension } from "./judge-submission.ts";
import type { Admitted, Refusal } from "./judge-submission.ts";
import type { WitnessRecords } from "./ports.ts";

/** An answer of HTTP, and what is told of it. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly fact: Pick<Judged, "outcome" | "origin" | "oldSize" | "size" | "reason" | "evidence">;
}

export interface Witness {
  /** Answers one request to `add-checkpoint`. Never throws. */
  addCheckpoint(body: Uint8Array): Promise<Answer>;
}

interface WitnessOptions {
  readonly key: SigningKey;
  readonly logs: readonly VerifierKey[];
  readonly records: WitnessRecords;
  /** POSIX seconds. */
  readonly now: () => number;
}

export const plainText = "text/plain; charset=utf-8";
const mostShown = 200;
const mostEvidence = 16_384;

/**
 * Cosigns what extends what it cosigned before, of logs that it trusts, and nothing else. Checking against the record and
 * recording are one step for each origin, and the record is on disk before the cosignature leaves.
 * https://c2sp.org/tlog-witness
 */
export function createWitness({ key, logs, records, now }: WitnessOptions): Witness {
  const queue = createKeyedQueue();

  const extend = async (admitted: Admitted): Promise<Answer> => {
    const { origin } = admitted.checkpoint;
    const recorded = await records.read(origin);
    const refusal = judgeExtension(admitted, recorded);
    if (refusal !== null) return refuse(refusal, admitted, recorded?.size ?? 0);
    const text = admitted.note.slice(0, admitted.note.lastIndexOf("\n\n") + 1);
    const line = cosign(text, key, now());
    await records.write(origin, addSignatureLines(admitted.note, [line]));
    return {
      status: 200,
      contentType: plainText,
      body: line,
      fact: { outcome: "cosigned", ...placeOf(admitted), reason: null, evidence: null },
    };
  };

  return {
    async addCheckpoint(body) {
      const first = admitSubmission(body, logs);
      if ("refusal" in first) {
        const { refusal, origin } = first;
        const place = { origin: origin?.slice(0, mostShown) ?? null, oldSize: null, size: null };
        return answer(refusal, place, null);
      }
      const { admitted } = first;
      return queue
        .run(admitted.checkpoint.origin, () => extend(admitted))
        .catch((error: unknown) => fail(placeOf(admitted), error));
    },
  };
}

/** The answer to what the witness could not do: the reason is for its operator alone. */
export function fail(place: Pick<Judged, "origin" | "oldSize" | "size">, error: unknown): Answer {
  return {
    status: 500,
    contentType: plainText,
    body: "the witness cannot answer now; its operator's log says why\n",
    fact: {
      outcome: "failed",
      ...place,
      reason: error instanceof Error ? error.message : String(error),
      evidence: null,
    },
  };
}

function refuse(refusal: Refusal, admitted: Admitted, knownSize: number): Answer {
  const isEvidence = refusal.outcome === "conflict" || refusal.outcome === "inconsistent";
  const told = answer(refusal, placeOf(admitted), isEvidence ? admitted.note.slice(0, mostEvidence) : null);
  return refusal.outcome === "stale"
    ? { ...told, contentType: "text/x.tlog.size", body: `${knownSize}\n` }
    : told;
}

function answer(
  { status, outcome, reason }: Refusal,
  place: Pick<Judged, "origin" | "oldSize" | "size">,
  evidence: string | null,
): Answer {
  return {
    status,
    contentType: plainText,
    body: `${reason}\n`,
    fact: { outcome, ...place, reason, evidence },
  };
}

function placeOf({ submission, checkpoint }: Admitted): Pick<Judged, "origin" | "oldSize" | "size"> {
  return {
    origin: checkpoint.origin.slice(0, mostShown),
    oldSize: submission.oldSize,
    size: checkpoint.size,
  };
}
