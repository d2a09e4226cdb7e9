import type { FindingDocument, FindingsDocument } from "../../chokepoint/documents/finding-document.ts";
import { exitCodes } from "../../errors.ts";
import { conclude } from "../../run/conclude.ts";
import type { Feature, Outcome, Report, StepFact, SummaryLine } from "../../run/contract.ts";
import { step } from "../../run/step.ts";
import { alignColumns } from "../align-columns.ts";

/** Where the findings of earlier rounds are read. */
export interface FindingsPorts {
  /** Newest first. Throws `OpsError`. */
  findings(since: Date | null): Promise<FindingsDocument>;
}

/** What is listed at once, as HTTP gives it. */
export const mostFindings = 500;

type FindingsFact = StepFact | ({ readonly type: "findings-listed" } & FindingsDocument);
type FindingsVerdict = "listed" | "not-run";

export const dropFindings: Feature<
  { readonly since: Date | null },
  FindingsPorts,
  FindingsFact,
  FindingsVerdict,
  FindingsDocument
> = {
  command: "drop reconcile",
  async *run({ since }, ports) {
    const page = yield* step("findings", "Ask for the findings", () => ports.findings(since), {
      describe: ({ findings }) => `${findings.length}`,
    });
    yield { type: "findings-listed", ...page };
    return "listed";
  },
  initial: () => ({ findings: [], has_more: false }),
  reduce: (state, event) =>
    event.type === "findings-listed" ? { findings: event.findings, has_more: event.has_more } : state,
  report,
};

function report({ findings, has_more }: FindingsDocument, outcome: Outcome<FindingsVerdict>): Report {
  const codes = { listed: exitCodes.good, "not-run": exitCodes.couldNotRun };
  const { head, document } = conclude("drop reconcile", outcome, codes, "not-run");
  return {
    ...head,
    document: document({ findings, has_more }),
    checks: [],
    metrics: [],
    summary: outcome.kind === "error" ? [] : summarise(findings, has_more),
  };
}

function summarise(findings: readonly FindingDocument[], hasMore: boolean): readonly SummaryLine[] {
  if (findings.length === 0) return [{ tone: "good", text: "no findings" }];
  const [head = "", ...rows] = alignColumns([
    ["TOLD", "FINDING", "TARGET", "TYPE", "NAME", "ID", "DROP", "SEEN LAST"],
    ...findings.map((each) => [
      secondOf(each.at),
      each.class === "loss-unattributed" ? "UNATTRIBUTED" : `ORPHANED ${each.reason ?? ""}`.trimEnd(),
      each.target,
      each.part,
      each.name,
      each.id,
      each.drop_id ?? "-",
      each.last_seen === null ? "-" : secondOf(each.last_seen),
    ]),
  ]);
  return [
    { tone: "dim", text: head },
    ...rows.flatMap((text, index): readonly SummaryLine[] => [
      { tone: "bad", text },
      ...remembered(findings[index]?.witness ?? null),
    ]),
    ...(hasMore
      ? [{ tone: "dim", text: `these are the newest ${mostFindings}: there are older ones` } as const]
      : []),
  ];
}

function remembered(witness: FindingDocument["witness"]): readonly SummaryLine[] {
  if (witness === null) return [];
  return [{ tone: "dim", text: `  the server remembers: ${JSON.stringify(witness)}` }];
}

function secondOf(at: string): string {
  return at.slice(0, 19).replace("T", " ");
}
