import { InterruptedError } from "../../errors.ts";
import type { Feature } from "../../run/contract.ts";
import { step } from "../../run/step.ts";
import { isLoopback } from "../listen-address.ts";
import { describeWitness, severityOf } from "./describe.ts";
import type { WitnessEvent, WitnessVerdict } from "./events.ts";
import type { WitnessInput } from "./input.ts";
import type { WitnessPorts } from "./ports.ts";
import { reportWitness } from "./report.ts";
import { initialWitnessState, reduceWitness } from "./state.ts";
import type { WitnessState } from "./state.ts";

/** Serves until it is told to stop; that ends it like any interruption, with 130, every answer that was begun given. */
export const chainWitness: Feature<WitnessInput, WitnessPorts, WitnessEvent, WitnessVerdict, WitnessState> = {
  command: "chain witness",
  isLasting: true,
  async *run(input, ports, signal) {
    await using witness = yield* step("start", "Open the records and listen", () => ports.start(input), {
      describe: ({ url }) => url,
    });
    const { url, vkey, logs, origins } = witness;
    yield { type: "witness-started", url, vkey, logs, origins };
    if (input.begin) {
      yield {
        type: "noted",
        message: `${input.stateDir} was begun now, with no history: start this witness without --begin from now on`,
      };
    }
    if (!isLoopback(input.listen)) {
      yield {
        type: "noted",
        message: `${url} can be reached from other machines; nobody is asked who they are`,
      };
    }
    yield* witness.requests(signal);
    if (witness.dropped > 0)
      yield { type: "noted", message: `${witness.dropped} requests were not told here` };
    throw new InterruptedError();
  },
  initial: initialWitnessState,
  reduce: reduceWitness,
  report: reportWitness,
  describe: describeWitness,
  severity: severityOf,
};
