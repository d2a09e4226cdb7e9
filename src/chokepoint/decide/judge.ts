import { OpsError } from "../../errors.ts";
import type { Inspection } from "../backend.ts";
import { BreakerOpenError } from "../breakers.ts";
import type { Caller, DropRequest, Identity, Refusal } from "../drop.ts";
import type { ChokepointPorts, Target } from "../ports.ts";
import type { Resource } from "../resource.ts";
import { checkIntent } from "./check-intent.ts";
import { checkTerminality } from "./check-terminality.ts";
import { chooseApproval } from "./choose-hold.ts";
import { guardIdentity } from "./identity-guard.ts";
import { refuse, undecided } from "./refusal.ts";
import { resolveResource } from "./resolve-resource.ts";

/** What everything that may say no says, in the order of a drop: validate, identity, intent, terminality, breakers, approval. */
export interface Judgement {
  /** In their order; a decision reads the first, a dry run shows all. */
  readonly refusals: readonly Refusal[];
  /** Null where the names are not even valid. */
  readonly resource: Resource | null;
  /** Null where the target was not asked, or could not be. */
  readonly inspection: Inspection | null;
  readonly approval: "allow" | "hold";
}

interface Question {
  readonly request: DropRequest;
  readonly caller: Caller;
  readonly target: Target;
  readonly signal: AbortSignal;
  /** What was decided on before, where it was: an approval is for that alone. */
  readonly bound: Identity | null;
  /** Ask all, although one has said no. */
  readonly all: boolean;
}

type Asked = Pick<ChokepointPorts, "terminality" | "breakers" | "tombstones" | "now">;

/** Asks, and changes nothing. The first no ends the asking, unless all are wanted. */
export async function judgeRequest(question: Question, ports: Asked): Promise<Judgement> {
  const { request, target, all } = question;
  const { policy, backend } = target;
  const refusals: Refusal[] = [];
  const isOver = (refusal: Refusal | null): boolean => {
    if (refusal !== null) refusals.push(refusal);
    return refusals.length > 0 && !all;
  };
  const nothing = { refusals, resource: null, inspection: null, approval: "hold" } as const;
  const resource = resolveResource(request, policy);
  if ("site" in resource) return { ...nothing, refusals: [resource] };
  const unasked = { ...nothing, resource };
  if (isOver(guardIdentity(resource, policy, backend))) return unasked;
  if (isOver(checkIntent(request.intent, policy, ports.now()))) return unasked;
  if (isOver(await checkTerminality(request.token, policy, ports.terminality))) return unasked;
  const inspection = await inspect(resource, question, ports);
  if ("site" in inspection) {
    isOver(inspection);
    return unasked;
  }
  const found = { ...unasked, inspection };
  if (isOver(checkBinding(inspection.identity, question.bound))) return found;
  if (inspection.identity.parts.length > 0) {
    for (const refusal of inspection.refusals) {
      if (isOver(fromServer(refusal))) return found;
    }
    if (isOver(await checkSpace(target, inspection.sizeBytes, ports))) return found;
  }
  const approval = chooseApproval(resource.type, policy);
  if (typeof approval === "string") return { ...found, approval };
  isOver(approval);
  return found;
}

async function inspect(
  resource: Resource,
  { target, request, signal }: Question,
  { breakers }: Asked,
): Promise<Inspection | Refusal> {
  try {
    return await breakers.run(target.policy.name, () =>
      target.backend.inspect(resource, { force: request.intent.force, signal }),
    );
  } catch (error) {
    if (error instanceof BreakerOpenError)
      return { site: "breaker", reason: error.message, isPassing: true, outcome: "breaker_open" };
    if (error instanceof OpsError)
      return undecided("target", `the target ${target.policy.name} cannot be asked: ${error.message}`);
    throw error;
  }
}

/** What was approved must be what is there: another that took the name since was approved by nobody. */
function checkBinding(found: Identity, bound: Identity | null): Refusal | null {
  if (bound === null || found.parts.length === 0) return null;
  const key = ({ systemIdentifier, parts }: Identity): string =>
    [systemIdentifier, ...parts.map(({ part, id }) => `${part}:${id}`).toSorted()].join(" ");
  if (key(found) === key(bound)) return null;
  return refuse("identity", "what has this name now is not what was approved: ask for it anew");
}

function fromServer(refusal: Inspection["refusals"][number]): Refusal {
  return {
    site: "server",
    reason: refusal.message,
    sqlstate: refusal.code,
    isPassing: refusal.isPassing,
    outcome: "refused",
  };
}

async function checkSpace(target: Target, sizeBytes: number, { tombstones }: Asked): Promise<Refusal | null> {
  if (target.policy.tombstone.mode !== "required") return null;
  try {
    await tombstones.requireSpace(target.policy, sizeBytes);
    return null;
  } catch (error) {
    if (!(error instanceof OpsError)) throw error;
    return undecided("tombstone", `there can be no tombstone: ${error.message}`);
  }
}
