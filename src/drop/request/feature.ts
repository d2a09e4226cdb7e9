import type { DropDocument } from "../../chokepoint/documents/drop-document.ts";
import type { PlanDocument } from "../../chokepoint/documents/plan-document.ts";
import type { Feature, StepFact } from "../../run/contract.ts";
import { step } from "../../run/step.ts";
import { toneOf } from "../describe-drop.ts";
import { verdictOf } from "../drop-verdict.ts";
import type { DropVerdict } from "../drop-verdict.ts";
import type { DropApi } from "../ports.ts";
import { describeMove, waitForEnd } from "../wait-for-end.ts";
import type { DropMoved } from "../wait-for-end.ts";
import type { RequestInput } from "./input.ts";
import { report } from "./report.ts";

export type RequestFact =
  | StepFact
  | DropMoved
  | { readonly type: "drop-planned"; readonly plan: PlanDocument };
export type RequestVerdict = DropVerdict | "would-be-done" | "would-be-held" | "would-be-refused" | "not-run";

export interface RequestState {
  readonly input: RequestInput;
  readonly drop: DropDocument | null;
  readonly plan: PlanDocument | null;
}

type RequestPorts = Pick<DropApi, "request" | "plan" | "follow">;

export const dropRequest: Feature<RequestInput, RequestPorts, RequestFact, RequestVerdict, RequestState> = {
  command: "drop request",
  async *run({ body, isDryRun, waits }, api, signal) {
    if (isDryRun) {
      const plan = yield* step("plan", "Ask what it would do", () => api.plan(body));
      yield { type: "drop-planned", plan };
      return `would-be-${plan.would_be}`;
    }
    const drop = yield* step("request", "Ask for the drop", () => api.request(body), {
      describe: ({ state }) => state,
    });
    yield { type: "drop-moved", drop };
    return verdictOf(waits ? yield* waitForEnd(drop, api, signal) : drop);
  },
  initial: (input) => ({ input, drop: null, plan: null }),
  reduce: (state, event) => {
    if (event.type === "drop-moved") return { ...state, drop: event.drop };
    return event.type === "drop-planned" ? { ...state, plan: event.plan } : state;
  },
  report,
  describe: (event) =>
    event.type === "drop-moved" ? { tone: toneOf(event.drop), text: describeMove(event) } : undefined,
  live: (event) => (event.type === "drop-moved" ? describeMove(event) : undefined),
};
