import type { DropDocument } from "../../chokepoint/documents/drop-document.ts";
import { exitCodes } from "../../errors.ts";
import { conclude } from "../../run/conclude.ts";
import type { Feature, Outcome, Report, StepFact, SummaryLine } from "../../run/contract.ts";
import { step } from "../../run/step.ts";
import { alignColumns } from "../align-columns.ts";
import { toneOf } from "../describe-drop.ts";
import type { DropApi } from "../ports.ts";

export interface ListInput {
  /** As `GET /v1/drops` takes them, without limit and cursor. */
  readonly filter: Readonly<Record<string, string>>;
  readonly most: number;
}

type ListFact =
  | StepFact
  | { readonly type: "drops-listed"; readonly drops: readonly DropDocument[]; readonly hasMore: boolean };
type ListVerdict = "listed" | "not-run";

interface ListState {
  readonly drops: readonly DropDocument[];
  readonly hasMore: boolean;
}

const pageSize = 200;

export const dropList: Feature<ListInput, Pick<DropApi, "list">, ListFact, ListVerdict, ListState> = {
  command: "drop list",
  async *run(input, api) {
    const { drops, next } = yield* step("list", "Ask for the drops", () => readPages(input, api), {
      describe: (page) => `${page.drops.length}`,
    });
    yield { type: "drops-listed", drops, hasMore: next !== null };
    return "listed";
  },
  initial: () => ({ drops: [], hasMore: false }),
  reduce: (state, event) =>
    event.type === "drops-listed" ? { drops: event.drops, hasMore: event.hasMore } : state,
  report,
};

async function readPages(
  { filter, most }: ListInput,
  api: Pick<DropApi, "list">,
): Promise<{ readonly drops: readonly DropDocument[]; readonly next: string | null }> {
  const drops: DropDocument[] = [];
  let next: string | null = null;
  do {
    const limit = String(Math.min(pageSize, most - drops.length));
    const page = await api.list({ ...filter, limit, ...(next === null ? {} : { cursor: next }) });
    drops.push(...page.drops);
    next = page.next;
  } while (next !== null && drops.length < most);
  return { drops, next };
}

function report({ drops, hasMore }: ListState, outcome: Outcome<ListVerdict>): Report {
  const codes = { listed: exitCodes.good, "not-run": exitCodes.couldNotRun };
  const { head, document } = conclude("drop list", outcome, codes, "not-run");
  return {
    ...head,
    document: document({ drops, has_more: hasMore }),
    checks: [],
    metrics: [],
    summary: outcome.kind === "error" ? [] : summarise(drops, hasMore),
  };
}

function summarise(drops: readonly DropDocument[], hasMore: boolean): readonly SummaryLine[] {
  if (drops.length === 0) return [{ tone: "dim", text: "no drops" }];
  const [head = "", ...rows] = alignColumns([
    ["DROP", "STATE", "REQUESTED", "TARGET", "TYPE", "NAME", "CALLER"],
    ...drops.map((each) => [
      each.drop_id,
      each.state,
      each.requested_at.slice(0, 19).replace("T", " "),
      each.target,
      each.resource_type,
      each.provider_resource_id,
      each.caller,
    ]),
  ]);
  return [
    { tone: "dim", text: head },
    ...rows.map((text, index): SummaryLine => ({ tone: toneOf(drops[index] ?? { state: "noop" }), text })),
    ...(hasMore ? [{ tone: "dim", text: "there are more: --limit" } as const] : []),
  ];
}
