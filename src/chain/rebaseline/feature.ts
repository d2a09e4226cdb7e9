import { isSameCluster } from "../../audit/checkpoints/judge-cluster.ts";
import type { Finding } from "../../audit/finding.ts";
import type { ClusterIdentity } from "../../audit/note/identity.ts";
import { exitCodes, OpsError } from "../../errors.ts";
import type { ExitCode } from "../../errors.ts";
import { conclude } from "../../run/conclude.ts";
import type { Feature, Outcome, Report, StepFact, SummaryLine } from "../../run/contract.ts";
import { step } from "../../run/step.ts";
import { judgeAgainstLast } from "../../audit/checkpoints/hold-chain-to-sign.ts";
import { requireReplayed } from "../../audit/checkpoints/require-replayed.ts";
import { requireCompared } from "../../audit/checkpoints/require-vouched.ts";
import type { ChainToSign, ChainToSignInput } from "../chain-to-sign.ts";
import { listFindings } from "../list-findings.ts";

export interface RebaselineInput extends ChainToSignInput {
  /** One line. */
  readonly reason: string;
}

export interface RebaselinePorts {
  open(input: RebaselineInput): Promise<ChainToSign>;
}

/** `system identifier/timeline` of the clusters. */
interface Change {
  readonly from: string;
  readonly to: string;
}

type RebaselineEvent =
  | StepFact
  | { readonly type: "finding-made"; readonly finding: Finding }
  /** Those that are listed and those that are not. */
  | { readonly type: "chain-refused"; readonly findingsTotal: number }
  | { readonly type: "cluster-compared"; readonly origin: string; readonly change: Change };
type RebaselineVerdict = "rebaselined" | "unchanged" | "refused" | "not-run";

interface RebaselineState {
  readonly origin: string | null;
  readonly change: Change | null;
  readonly findings: readonly Finding[];
  /** Of a chain that was refused: `findings` are the first of them. */
  readonly findingsTotal: number;
}

const verdictExitCodes: Readonly<Record<RebaselineVerdict, ExitCode>> = {
  rebaselined: exitCodes.good,
  unchanged: exitCodes.good,
  refused: exitCodes.bad,
  "not-run": exitCodes.couldNotRun,
};

/**
 * The operator signs that the cluster was changed on purpose (pg_upgrade, a move, a failover): from then on a chain that is
 * shorter than what was signed on the old cluster is tampering again, and no restore. Only for a chain that is whole and
 * extends what was signed.
 */
export const chainRebaseline: Feature<
  RebaselineInput,
  RebaselinePorts,
  RebaselineEvent,
  RebaselineVerdict,
  RebaselineState
> = {
  command: "chain rebaseline",
  async *run(input, ports) {
    await using chain = yield* step("open", "Find the chain", () => ports.open(input), {
      describe: ({ origin }) => origin,
    });
    const { from, to } = clustersOf(chain);
    const { origin, last } = chain;
    yield {
      type: "cluster-compared",
      origin,
      change: {
        from: `${from.systemIdentifier}/${from.timeline}`,
        to: `${to.systemIdentifier}/${to.timeline}`,
      },
    };
    if (isSameCluster(from, to, chain.rebaselines)) return "unchanged";
    const anchored = yield* step(
      "walk",
      "Hash every event",
      async (progress) => judgeAgainstLast(chain, await chain.verify(progress)),
      {
        unit: "rows",
        describe: ({ verification: { verifierWalked, findingsTotal } }) =>
          `${verifierWalked} rows, ${findingsTotal} findings`,
      },
    );
    const { verification } = anchored;
    for (const message of verification.notes) yield { type: "noted", message };
    for (const finding of verification.findings) yield { type: "finding-made", finding };
    if (verification.findingsTotal > 0) {
      yield { type: "chain-refused", findingsTotal: verification.findingsTotal };
      return "refused";
    }
    requireReplayed(anchored);
    requireCompared(
      anchored,
      "bring the state folder back as it was: the newest checkpoint that was signed of this chain is kept there",
    );
    yield* step("sign", "Sign for the change", () =>
      chain.rebaseline({ origin, checkpointSha256: last?.textSha256 ?? "", from, to, reason: input.reason }),
    );
    return "rebaselined";
  },
  initial: () => ({ origin: null, change: null, findings: [], findingsTotal: 0 }),
  reduce(state, event) {
    if (event.type === "cluster-compared") return { ...state, origin: event.origin, change: event.change };
    if (event.type === "chain-refused") return { ...state, findingsTotal: event.findingsTotal };
    if (event.type === "finding-made") return { ...state, findings: [...state.findings, event.finding] };
    return state;
  },
  report,
};

function clustersOf({ last, identity }: ChainToSign): {
  readonly from: ClusterIdentity;
  readonly to: ClusterIdentity;
} {
  if (last?.identity === null || last === null) {
    throw new OpsError(
      "no-checkpoint",
      "there is no signed checkpoint that names a cluster: nothing can have changed",
      "custody chain checkpoint signs the first; --state DIR says where the last one is kept",
    );
  }
  if (identity === null) {
    throw new OpsError(
      "permission-denied",
      "this role may not ask for the cluster's identity",
      "GRANT EXECUTE ON FUNCTION pg_control_system(), pg_control_checkpoint() TO <role>",
    );
  }
  return { from: last.identity, to: identity };
}

function report(state: RebaselineState, outcome: Outcome<RebaselineVerdict>): Report {
  const { head, document } = conclude("chain rebaseline", outcome, verdictExitCodes, "not-run");
  return {
    ...head,
    document: document({
      origin: state.origin,
      from_cluster: state.change?.from ?? null,
      to_cluster: state.change?.to ?? null,
      findings: state.findings,
      findings_total: state.findingsTotal,
    }),
    checks: [],
    metrics: [],
    summary: outcome.kind === "verdict" ? summarise(state, outcome.verdict) : [],
  };
}

function summarise(
  { change, findings, findingsTotal }: RebaselineState,
  verdict: RebaselineVerdict,
): readonly SummaryLine[] {
  const clusters = `from=${change?.from ?? "?"} to=${change?.to ?? "?"}`;
  if (verdict === "refused") {
    return [
      ...listFindings(findings, findingsTotal, "custody chain verify"),
      { tone: "bad", text: `REFUSED findings=${findingsTotal}: nothing was signed` },
    ];
  }
  const isChanged = verdict === "rebaselined";
  return [
    {
      tone: "dim",
      text: isChanged
        ? "next: custody chain checkpoint signs the chain on its new cluster"
        : "the cluster is the one that was signed for: there is nothing to do",
    },
    { tone: "good", text: `${verdict.toUpperCase()} ${clusters}` },
  ];
}
