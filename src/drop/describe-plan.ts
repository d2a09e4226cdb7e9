import type { PlanDocument } from "../chokepoint/documents/plan-document.ts";
import type { RequestBody } from "../chokepoint/documents/request-body.ts";
import type { SummaryLine } from "../run/contract.ts";
import { showBytes } from "../run/show-bytes.ts";
import { alignColumns } from "./align-columns.ts";

/** What a request would do: what it would fence and how large that is, what would say no, and the steps. */
export function describePlan(plan: PlanDocument, body: RequestBody): readonly SummaryLine[] {
  const { inspection, refusals, steps, would_hold: hold } = plan;
  const line = (tone: SummaryLine["tone"], text: string): SummaryLine => ({ tone, text });
  const found =
    inspection === null
      ? []
      : alignColumns([
          ["part", "name", "id", "size"],
          ...inspection.parts.map(({ part, name, id, size_bytes }) => [
            part,
            name,
            id,
            size_bytes === null ? "-" : showBytes(size_bytes),
          ]),
        ]);
  const said =
    inspection?.refusals.map(({ code, message }) => `the server would say ${code}: ${message}`) ?? [];
  return [
    ...found.map((text, index) => line(index === 0 ? "dim" : "plain", text)),
    ...(inspection === null
      ? []
      : inspection.parts.length === 0
        ? [line("warn", "nothing of it is there: the drop would be a noop")]
        : [line("plain", `${showBytes(inspection.size_bytes)} to dump, ${sessions(inspection.sessions)}`)]),
    ...(inspection?.notes ?? []).map((each) => line("dim", each)),
    ...refusals.map(({ site, reason }) => line("bad", `refused, ${site}: ${reason}`)),
    ...said.map((each) => line("bad", each)),
    ...(hold === null
      ? []
      : [
          line(
            "warn",
            `held: ${hold.why}; ${hold.approvers === 1 ? "another person" : `${hold.approvers} other people`} must approve`,
          ),
        ]),
    ...(refusals.length > 0
      ? []
      : steps.map((each, index) => line("plain", `${String(index + 1).padStart(2)}. ${each}`))),
    line(
      plan.would_be === "refused" ? "bad" : plan.would_be === "held" ? "warn" : "good",
      `WOULD BE ${plan.would_be.toUpperCase()} target=${body.target} name=${body.provider_resource_id}; nothing was done`,
    ),
  ];
}

function sessions(count: number): string {
  return count === 1 ? "1 session of others" : `${count} sessions of others`;
}
