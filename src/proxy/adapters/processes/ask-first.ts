import { showBug } from "../../../run/show-bug.ts";
import { chooseAction } from "../../policy/choose-action.ts";
import { protectionOf } from "../../policy/protection.ts";
import type { DecisionWatch, Sighting, WireDecider, WireVerdict } from "../../sessions/ports.ts";
import { refusedForABug } from "../open-wire-decider.ts";
import type { WireDeciderOptions } from "../open-wire-decider.ts";
import type { FromServing, ToServing } from "./messages.ts";

/** Has the first process decide: it alone has a ledger. What the policy lets pass is let pass here. */
export interface Asking extends Disposable {
  decider(parts: Pick<WireDeciderOptions, "policy" | "target">): WireDecider;
  told(message: Extract<ToServing, { readonly type: "notice" | "verdict" }>): void;
}

/** What was let pass is told so often; disposing tells the rest. */
const tellMs = 100;

export function createAsking(send: (message: FromServing) => void): Asking {
  const asked = new Map<number, { readonly watch: DecisionWatch; resolve(verdict: WireVerdict): void }>();
  const passed = new Map<string, Extract<FromServing, { type: "passed" }>>();
  let questions = 0;

  async function ask(sighting: Sighting, watch: DecisionWatch): Promise<WireVerdict> {
    const id = (questions += 1);
    const { promise, resolve } = Promise.withResolvers<WireVerdict>();
    asked.set(id, { watch, resolve });
    const gone = (): void => send({ type: "gone", id });
    send({ type: "decide", id, sighting });
    if (watch.signal.aborted) gone();
    else watch.signal.addEventListener("abort", gone, { once: true });
    const verdict = await promise;
    watch.signal.removeEventListener("abort", gone);
    return verdict;
  }

  function pass({ speaker: { protocol }, destructions }: Sighting): WireVerdict {
    for (const { kind } of destructions) {
      const key = `${protocol} ${kind}`;
      const count = (passed.get(key)?.count ?? 0) + 1;
      passed.set(key, { type: "passed", protocol, kind, count });
    }
    return { kind: "pass" };
  }

  function tell(): void {
    for (const each of passed.values()) send(each);
    passed.clear();
  }
  const timer = setInterval(tell, tellMs);

  function broken(error: unknown): WireVerdict {
    send({ type: "bug", message: showBug(error) });
    return refusedForABug;
  }

  return {
    decider({ policy, target }) {
      const protect = protectionOf(target);
      return {
        decide(sighting, watch) {
          try {
            const { isAdmin } = sighting.speaker;
            const { action } = chooseAction(sighting, policy(), { isAdmin, protect });
            return action === "pass" ? pass(sighting) : ask(sighting, watch).catch(broken);
          } catch (error) {
            return broken(error);
          }
        },
      };
    },
    told(message) {
      const question = asked.get(message.id);
      if (question === undefined) return;
      if (message.type === "notice") return question.watch.notice(message.notice);
      asked.delete(message.id);
      const { id, verdict } = message;
      question.resolve(
        verdict.kind === "forward"
          ? { ...verdict, settle: (settled) => send({ type: "settle", id, settled }) }
          : verdict,
      );
    },
    [Symbol.dispose]() {
      clearInterval(timer);
      tell();
    },
  };
}
