import type { Trust } from "../../audit/checkpoints/read-checkpoint.ts";
import type { ChainProfile } from "../../audit/profile.ts";
import { exitCodes } from "../../errors.ts";
import type { ExitCode } from "../../errors.ts";
import { conclude } from "../../run/conclude.ts";
import type { Check, Feature, Outcome, Report, StepFact, SummaryLine } from "../../run/contract.ts";
import { step } from "../../run/step.ts";
import { judgeProof } from "./judge-proof.ts";
import type { JudgedProof } from "./judge-proof.ts";

export interface CheckProofInput {
  readonly file: string;
  readonly publicKeys: readonly string[];
  readonly policy: string | null;
  /** The file of a profile that is believed beside the built-in ones. */
  readonly profile: string | null;
}

export interface CheckProofPorts {
  /** Throws `bad-input`, `bad-config`, `file-unreadable`. */
  readTrust(input: CheckProofInput): Promise<Trust>;
  /** Throws `bad-config`, `file-unreadable`. */
  readProfiles(input: CheckProofInput): Promise<readonly ChainProfile[]>;
  /** Throws `file-unreadable`, `unreadable-proof`. */
  readProof(path: string): Promise<string>;
}

type CheckProofEvent = StepFact | { readonly type: "proof-judged"; readonly proof: JudgedProof };
type CheckProofVerdict = "proved" | "not-proved" | "not-checked";

interface CheckProofState {
  readonly file: string;
  readonly proof: JudgedProof | null;
}

/** Checks the proof of one event offline: signature, hashes, path. */
export const chainCheckProof: Feature<
  CheckProofInput,
  CheckProofPorts,
  CheckProofEvent,
  CheckProofVerdict,
  CheckProofState
> = {
  command: "chain check-proof",
  async *run(input, ports) {
    const proof = yield* step("check", "Check the proof", async () => {
      const trust = await ports.readTrust(input);
      const profiles = await ports.readProfiles(input);
      return judgeProof(await ports.readProof(input.file), input.file, trust, profiles);
    });
    yield { type: "proof-judged", proof };
    return proof.checks.every((each) => each.isRight) ? "proved" : "not-proved";
  },
  initial: ({ file }) => ({ file, proof: null }),
  reduce: (state, event) => (event.type === "proof-judged" ? { ...state, proof: event.proof } : state),
  report,
};

const verdictExitCodes: Readonly<Record<CheckProofVerdict, ExitCode>> = {
  proved: exitCodes.good,
  "not-proved": exitCodes.bad,
  "not-checked": exitCodes.couldNotRun,
};

function report({ file, proof }: CheckProofState, outcome: Outcome<CheckProofVerdict>): Report {
  const { verdict, head, document } = conclude("chain check-proof", outcome, verdictExitCodes, "not-checked");
  return {
    ...head,
    document: document({
      file,
      id: proof?.id ?? null,
      event: proof?.event ?? null,
      profile: proof?.profile ?? null,
      index: proof?.index ?? null,
      checkpoint: proof && {
        origin: proof.checkpoint.origin,
        size: proof.checkpoint.size,
        root_hash: proof.checkpoint.rootHash,
        signed_by: proof.checkpoint.signedBy,
        cosigned_by: proof.checkpoint.cosignedBy,
      },
      checks: proof?.checks.map((each) => ({ name: each.name, ok: each.isRight, detail: each.detail })) ?? [],
      not_proved: proof?.limits ?? [],
    }),
    checks: proof === null ? [] : proof.checks.map(toCheck),
    metrics: [],
    summary: proof === null ? [] : summarise(proof, verdict),
  };
}

function toCheck({ name, isRight, detail }: JudgedProof["checks"][number]): Check {
  return {
    group: "chain.proof",
    name,
    outcome: isRight ? "passed" : "failed",
    expected: "right",
    actual: isRight ? "right" : detail,
  };
}

function summarise(proof: JudgedProof, verdict: CheckProofVerdict): readonly SummaryLine[] {
  const { checkpoint, event, id, index } = proof;
  const isProved = verdict === "proved";
  const text = (key: string): string | undefined => {
    const value = event[key];
    return typeof value === "string" ? value : undefined;
  };
  const resource = [text("resource_type"), text("resource_id")].filter((each) => each !== undefined);
  const fields: readonly (readonly [string, string | undefined])[] = [
    ["event", id],
    ["action", text("action")],
    ["actor", text("actor")],
    ["resource", resource.length === 0 ? undefined : resource.join("/")],
    ["timestamp", text("timestamp")],
    ["recorded", text("recorded_at")],
    ["details", text("details")],
    ["position", `row ${index + 1} of ${checkpoint.size}`],
    ["checkpoint", `${checkpoint.origin}, signed by ${checkpoint.signedBy.join(", ")}`],
    ["witnesses", checkpoint.cosignedBy.length === 0 ? undefined : checkpoint.cosignedBy.join(", ")],
  ];
  return [
    ...fields.flatMap(([label, value]): SummaryLine[] =>
      value === undefined ? [] : [{ tone: "plain", text: `${label.padEnd(10)} ${shorten(value)}` }],
    ),
    ...proof.checks.flatMap((each): SummaryLine[] =>
      each.isRight ? [] : [{ tone: "bad", text: `wrong      ${each.detail}` }],
    ),
    ...(isProved
      ? proof.limits.map((each): SummaryLine => ({ tone: "dim", text: `not proved ${each}` }))
      : []),
    {
      tone: isProved ? "good" : "bad",
      text: `${isProved ? "PROVED" : "NOT PROVED"} id=${id} index=${index} origin=${checkpoint.origin} size=${checkpoint.size}`,
    },
  ];
}

/** Details may be long, and a summary is for people: the document has all of it. */
function shorten(text: string): string {
  return text.length <= 300 ? text : `${text.slice(0, 300)}…`;
}
