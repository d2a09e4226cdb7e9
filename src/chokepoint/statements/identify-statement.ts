import { InterruptedError, OpsError } from "../../errors.ts";
import { interruptible } from "../../run/interrupt.ts";
import { BreakerOpenError } from "../breakers.ts";
import { refuse, undecided } from "../decide/refusal.ts";
import type { FoundPart, Identity, Refusal } from "../drop.ts";
import type { Breakers, Target } from "../ports.ts";
import type { Part } from "../resource.ts";
import { eyesOf } from "./eyes-of.ts";
import { describeKind } from "./kinds-of-statements.ts";
import type { RecordedDestruction, WireStatement } from "./statement.ts";
import type { Identified, Subject } from "./statement-eyes.ts";

/** What a statement would destroy, by identity. */
export interface StatementIdentity {
  /** Null where nothing of it could be asked for. */
  readonly identity: Identity | null;
  readonly destructions: readonly RecordedDestruction[];
  /** A database, or a role, that cannot be identified is not given up. */
  readonly refusal: Refusal | null;
}

/** A session waits meanwhile. */
const deadlineMs = 2000;

/**
 * Asks the target what bears the names of a statement. Best effort, within two seconds: what cannot be asked is recorded as that, and
 * refused where it is a database or a role. Throws `InterruptedError` at `signal`.
 */
export async function identifyStatement(
  { destructions, session }: Pick<WireStatement, "destructions" | "session">,
  target: Target,
  breakers: Breakers,
  signal: AbortSignal,
): Promise<StatementIdentity> {
  const subjects = destructions.map((each) => subjectsOf(each));
  const asked = subjects.flat();
  const answer = await ask(asked, session.database, target, breakers, signal);
  const found = "site" in answer ? asked.map(() => "unclear" as const) : answer.found;
  let next = 0;
  const recorded = destructions.map(({ kind, what, names }, index): RecordedDestruction => {
    const own = found.slice(next, (next += subjects[index]?.length ?? 0));
    const isWhole = own.length === names.length && own.length > 0 && !own.includes("unclear");
    return { kind, what, names, parts: own.filter(isFound).map(keyOfPart), isWhole };
  });
  return {
    identity: "site" in answer ? null : identityOf(answer),
    destructions: recorded,
    refusal: refusalOf(recorded, "site" in answer ? answer : null),
  };
}

export function keyOfPart({ part, id }: Pick<FoundPart, "part" | "id">): string {
  return `${part}:${id}`;
}

function refusalOf(recorded: readonly RecordedDestruction[], unasked: Refusal | null): Refusal | null {
  const unclear = recorded.find(({ kind, isWhole }) => describeKind(kind).isNeeded && !isWhole);
  if (unclear === undefined) return null;
  const named = unclear.names.map((name) => JSON.stringify(name)).join(", ");
  return (
    unasked ?? refuse("identity", `which ${unclear.kind} it is cannot be known: ${unclear.what} ${named}`)
  );
}

async function ask(
  subjects: readonly Subject[],
  database: string,
  { policy, backend }: Target,
  breakers: Breakers,
  signal: AbortSignal,
): Promise<Identified | Refusal> {
  if (subjects.length === 0) return { systemIdentifier: "", found: [] };
  const deadline = AbortSignal.timeout(deadlineMs);
  const either = AbortSignal.any([signal, deadline]);
  try {
    return await breakers.run(policy.name, () =>
      interruptible(eyesOf(backend).identify(subjects, database, either), either),
    );
  } catch (error) {
    if (signal.aborted) throw new InterruptedError();
    if (error instanceof BreakerOpenError)
      return { site: "breaker", reason: error.message, isPassing: true, outcome: "breaker_open" };
    const why =
      error instanceof OpsError ? error.message : deadline.aborted ? "it did not answer in time" : null;
    if (why === null) throw error;
    return undecided("target", `the target ${policy.name} cannot be asked what it would destroy: ${why}`);
  }
}

function subjectsOf({ kind, what, names }: WireStatement["destructions"][number]): readonly Subject[] {
  const part = kind === "functional" ? partOfAlter(what) : describeKind(kind).part;
  // What is put in at run time is a name that nobody knows here.
  if (part === null || names.some((name) => name === "" || name.includes("…"))) return [];
  return names.map((name) => ({ kind, part, name }));
}

function partOfAlter(what: string): Part | null {
  const object = /^(?:ALTER|RENAME) (DATABASE|ROLE|USER|GROUP)\b/.exec(what)?.[1];
  return object === undefined ? null : object === "DATABASE" ? "database" : "role";
}

/** Null where the server was not even asked who it is. */
function identityOf({ systemIdentifier, found }: Identified): Identity | null {
  if (systemIdentifier === "") return null;
  const parts = new Map(found.filter(isFound).map((each) => [keyOfPart(each), each]));
  return { systemIdentifier, parts: [...parts.values()] };
}

function isFound(found: FoundPart | "none" | "unclear"): found is FoundPart {
  return typeof found !== "string";
}
