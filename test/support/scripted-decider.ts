import type {
  DecisionWatch,
  Gate,
  SessionContext,
  SessionLimits,
  Settled,
  Sighting,
  Speaker,
  WireDecider,
  WireVerdict,
} from "../../src/proxy/sessions/ports.ts";
import type { Connection } from "../../src/proxy/sessions/connection.ts";
import { refusal } from "./wire-decider.ts";

/** What a test's decider says to a sighting; `hold`: nothing yet. */
export type Script = (sighting: Sighting) => "pass" | "forward" | "refuse" | "done" | "noop" | "hold";

/** One that was asked: what it saw, and what was told of how the server took it. */
export interface Asked {
  readonly sighting: Sighting;
  readonly watch: DecisionWatch;
  settled: Settled | null;
  /** Of one that is held. */
  answer(verdict: "forward" | "refuse"): void;
}

/** A decider in memory: it follows a script, and keeps what it was asked. */
export interface ScriptedDecider extends WireDecider {
  readonly asked: readonly Asked[];
  /** What each was of: `flush FLUSHALL; keys DEL a b …`. */
  seen(): readonly string[];
  settled(): readonly (string | null)[];
  script: Script;
}

export function scriptedDecider(script: Script): ScriptedDecider {
  const asked: Asked[] = [];
  const decider: ScriptedDecider = {
    script,
    asked,
    seen: () =>
      asked.map(({ sighting }) =>
        sighting.destructions.map(({ kind, what, names }) => [kind, what, ...names].join(" ")).join("; "),
      ),
    settled: () => asked.map(({ settled }) => settled && settled.outcome),
    decide(sighting, watch) {
      const held = Promise.withResolvers<WireVerdict>();
      const verdictOf = (answer: ReturnType<Script>): WireVerdict => {
        const dropId = `d-${asked.indexOf(entry)}`;
        switch (answer) {
          case "pass":
            return { kind: "pass" };
          case "forward":
            return { kind: "forward", dropId, settle: (settled) => (entry.settled = settled) };
          case "done":
          case "noop":
            return { kind: "done", dropId, isNoop: answer === "noop" };
          case "refuse":
          case "hold":
            return { kind: "refused", refusal };
        }
      };
      const entry: Asked = {
        sighting,
        watch,
        settled: null,
        answer: (verdict) => held.resolve(verdictOf(verdict)),
      };
      asked.push(entry);
      const answer = decider.script(sighting);
      return answer === "hold" ? held.promise : verdictOf(answer);
    },
  };
  return decider;
}

/** A gate that keeps who asked, and refuses the roles named. */
export function listedGate(refused: readonly string[] = []): Gate & { readonly asked: readonly Speaker[] } {
  const asked: Speaker[] = [];
  return {
    asked,
    async admit(speaker) {
      asked.push(speaker);
      return refused.includes(speaker.role)
        ? { kind: "refused", refusal: { ...refusal, message: `${speaker.role} may not come in` } }
        : { kind: "admitted", isAdmin: false };
    },
    mayTakeOn: (_, role) => !refused.includes(role),
  };
}

export const wireLimits: SessionLimits = { startupMs: 60_000, wholeBytes: 1 << 20, messageBytes: 1 << 29 };

/** A session's context around a decider and a gate of the test's. */
export function wireContext(
  dial: (signal: AbortSignal) => Promise<Connection>,
  given: Partial<SessionContext> & Pick<SessionContext, "decider">,
): SessionContext {
  return {
    listener: "test",
    target: "target",
    sessionId: "s-0123456789abcdef",
    gate: listedGate(),
    dial,
    limits: wireLimits,
    warn: () => undefined,
    drain: new AbortController().signal,
    ...given,
  };
}
