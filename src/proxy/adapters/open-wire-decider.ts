import type { Chokepoint } from "../../chokepoint/api.ts";
import type { DropMetrics } from "../../chokepoint/faces.ts";
import type { Target } from "../../chokepoint/ports.ts";
import type { HeldNotice, StatementAction } from "../../chokepoint/statements/statement.ts";
import { chooseAction } from "../policy/choose-action.ts";
import type { ChosenAction } from "../policy/chosen-action.ts";
import type { ListenerPolicy } from "../policy/listener-policy.ts";
import { protectionOf } from "../policy/protection.ts";
import type { DecisionWatch, Sighting, Speaker, WireDecider, WireVerdict } from "../sessions/ports.ts";
import { fenceForSession } from "./fence-for-session.ts";
import { callerOf, statementOf } from "../statements/statement-of.ts";
import { tellHold } from "../statements/tell-hold.ts";
import { tellRefusal } from "../statements/tell-refusal.ts";

export interface WireDeciderOptions {
  readonly chokepoint: Pick<Chokepoint, "statement" | "request" | "show" | "deny" | "follow">;
  readonly policy: () => ListenerPolicy;
  readonly target: Target;
  /** As the gate said of this session; where that is not known: yes. */
  readonly isAdmin: (speaker: Speaker) => boolean;
  readonly metrics: Pick<DropMetrics, "recognised">;
  /** custody is about to stop: nobody waits for people any more. */
  readonly drain: AbortSignal;
  /** That statement is refused, and the session goes on. */
  readonly onBug: (error: unknown) => void;
}

/** How often a client that waits is told how much time is left: dead clients are found out by it. */
const noticeMs = 30_000;

/** Decides over the sightings of one listener: its policy first, then the chokepoint, which records. */
export function openWireDecider(options: WireDeciderOptions): WireDecider {
  const { metrics, onBug } = options;
  const protect = protectionOf(options.target);

  async function ask(
    sighting: Sighting,
    chosen: ChosenAction,
    action: StatementAction | "soft",
    watch: DecisionWatch,
  ): Promise<WireVerdict> {
    using teller = openTeller(watch);
    const told = { signal: watch.signal, notice: teller.notice };
    if (action === "soft") return await fenceForSession(sighting, chosen, told, options);
    const statement = statementOf(sighting, chosen, action, options.target.policy);
    const answer = await options.chokepoint.statement(statement, callerOf(sighting.speaker), told);
    if (answer.kind === "refused")
      return { kind: "refused", refusal: tellRefusal(answer, sighting.speaker.protocol) };
    return {
      kind: "forward",
      dropId: answer.dropId,
      settle: (settled) => void answer.settle(settled).catch(onBug),
    };
  }

  return {
    decide(sighting, watch) {
      try {
        const { protocol } = sighting.speaker;
        const isAdmin = options.isAdmin(sighting.speaker);
        const chosen = chooseAction(sighting, options.policy(), { isAdmin, protect });
        for (const { kind } of sighting.destructions) metrics.recognised(protocol, kind, chosen.action);
        if (chosen.action === "pass") return { kind: "pass" };
        return ask(sighting, chosen, chosen.action, watch).catch(broken);
      } catch (error) {
        return broken(error);
      }
    },
  };

  function broken(error: unknown): WireVerdict {
    onBug(error);
    return refusedForABug;
  }
}

export const refusedForABug: WireVerdict = {
  kind: "refused",
  refusal: {
    code: null,
    message: "custody cannot decide on it",
    detail: "a bug in custody: nothing was done",
    hint: "its log has more",
  },
};

/** Tells a hold when it begins and moves, and again and again until it is disposed of. */
function openTeller({ notice }: DecisionWatch): Disposable & { readonly notice: (held: HeldNotice) => void } {
  let last: HeldNotice | null = null;
  const tell = (): void => {
    if (last !== null) notice(tellHold(last, new Date()));
  };
  const timer = setInterval(tell, noticeMs);
  return {
    notice(held) {
      last = held;
      tell();
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
