import type {
  Admission,
  DecisionWatch,
  Gate,
  Settled,
  Sighting,
  Speaker,
  WireDecider,
  WireRefusal,
  WireVerdict,
} from "../../src/proxy/sessions/ports.ts";

/** What it says to a sighting; `forward` is made into a verdict that keeps how it was settled. */
export type Saying = "pass" | "forward" | "refuse" | WireVerdict;

/** Decides as it is told, and keeps what it was asked and how it ended. */
export interface ToldDecider extends WireDecider {
  readonly sightings: Sighting[];
  readonly settled: Settled[];
  /** Asked for each; `forward` to begin with. */
  say: (sighting: Sighting, watch: DecisionWatch) => Saying | Promise<Saying>;
}

export const refusal: WireRefusal = {
  code: null,
  message: "custody: not allowed",
  detail: "recorded as drop 1234",
  hint: "custody drop approve 1234",
};

export function toldDecider(say: ToldDecider["say"] = () => "forward"): ToldDecider {
  const made = (saying: Saying): WireVerdict => {
    if (typeof saying === "object") return saying;
    if (saying === "pass") return { kind: "pass" };
    if (saying === "refuse") return { kind: "refused", refusal };
    return { kind: "forward", dropId: "1234", settle: (settled) => void decider.settled.push(settled) };
  };
  const decider: ToldDecider = {
    sightings: [],
    settled: [],
    say,
    decide(sighting, watch) {
      decider.sightings.push(sighting);
      const saying = decider.say(sighting, watch);
      return saying instanceof Promise ? saying.then(made) : made(saying);
    },
  };
  return decider;
}

/** Lets everybody in but these roles, and keeps who asked. */
export interface ToldGate extends Gate {
  readonly asked: { readonly speaker: Speaker; readonly roles: readonly string[] }[];
}

export function toldGate(...denied: readonly string[]): ToldGate {
  const asked: ToldGate["asked"] = [];
  return {
    asked,
    admit(speaker, { roles }): Admission {
      asked.push({ speaker, roles });
      const isDenied = [speaker.role, ...roles].some((each) => denied.includes(each));
      return isDenied ? { kind: "refused", refusal } : { kind: "admitted", isAdmin: false };
    },
    mayTakeOn: (_speaker, role) => !denied.includes(role),
  };
}
