import { exposition } from "../answer-request.ts";
import type { Pages } from "../answer-request.ts";
import { renderFamilies, seriesName } from "../../run/exposition.ts";
import type { Judged } from "./events.ts";
import { initialWitnessState } from "./state.ts";

/** What a running witness counts; never in the path of a decision. */
export interface WitnessMeter {
  readonly counts: Record<Judged["outcome"], number>;
  /** Of how many origins something was cosigned. */
  origins: number;
  /** Unix milliseconds; null before the first since the start. */
  cosignedAt: number | null;
}

export function createMeter(): WitnessMeter {
  return { counts: { ...initialWitnessState().counts }, origins: 0, cosignedAt: null };
}

/** `/metrics`: every series is there from the start. */
export function meterPages({ counts, origins, cosignedAt }: WitnessMeter, prefix: string): Pages {
  const named = (name: string, type: "gauge" | "counter", help: string, value: number) => {
    const full = `${prefix}_witness_${name}`;
    return { name: full, help, type, samples: [{ series: seriesName(full), value }] };
  };
  const requests = `${prefix}_witness_requests_total`;
  return {
    "/metrics": () =>
      exposition(
        renderFamilies([
          {
            name: requests,
            help: requestsHelp,
            type: "counter",
            samples: Object.entries(counts).map(([outcome, value]) => ({
              series: seriesName(requests, { outcome }),
              value,
            })),
          },
          named("origins", "gauge", "Origins of which something was cosigned", origins),
          named(
            "last_cosigned_timestamp_seconds",
            "gauge",
            "When a checkpoint was cosigned last, since the start",
            cosignedAt === null ? NaN : cosignedAt / 1000,
          ),
        ]),
      ),
  };
}

export const requestsHelp = "Requests to add-checkpoint, by what became of them";
