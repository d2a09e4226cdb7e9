import { InterruptedError, OpsError } from "../../errors.ts";
import type { ErrorCode } from "../../errors.ts";
import { backoffMs } from "./backoff.ts";
import { checkChain } from "./check-chain.ts";
import type { WatchEvent, WatchOutcome } from "./events.ts";
import type { WatchInput } from "./input.ts";
import { chainGone } from "./judge-reading.ts";
import { leastRestMs } from "./pace.ts";
import type { WatchedChain, WatchPorts } from "./ports.ts";
import { tellFindings } from "./read-whole.ts";
import { countVerification, createWatch } from "./watch.ts";
import type { Watch } from "./watch.ts";

/** What may pass by itself: only of these a watch that has not verified anything yet waits for the end. */
const passing: ReadonlySet<ErrorCode> = new Set(["unreachable", "connection-lost", "timeout", "no-space"]);

interface Course {
  readonly input: WatchInput;
  readonly ports: WatchPorts;
  readonly signal: AbortSignal;
  readonly watch: Watch;
  readonly wake: Waking;
  connection: WatchedChain | null;
  hasState: boolean;
  /** Failures in a row, and of what kind the last one was: one kind is told once. */
  failures: number;
  failed: string | null;
  /** Checks in a row that found no chain where there was one. */
  gone: number;
}

/** Follows the chain until it is interrupted; with `onceBroken: exit` until findings are confirmed. */
export async function* runWatch(
  input: WatchInput,
  ports: WatchPorts,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent, WatchOutcome> {
  const course: Course = {
    input,
    ports,
    signal,
    watch: createWatch(input),
    wake: createWaking(),
    connection: null,
    hasState: false,
    failures: 0,
    failed: null,
    gone: 0,
  };
  await using _connection = { [Symbol.asyncDispose]: () => hangUp(course) };
  ports.board.publish(course.watch.status);
  for (;;) {
    const outcome = yield* publishing(course, checkOnce(course));
    if (input.onceBroken === "exit" && (outcome === "broken" || outcome === "restored")) return outcome;
    await rest(course);
  }
}

/** Whoever hears of an event finds what it says in metrics and health already. */
async function* publishing<T>(
  { ports, watch }: Course,
  events: AsyncGenerator<WatchEvent, T>,
): AsyncGenerator<WatchEvent, T> {
  await using run = events;
  for (;;) {
    const step = await run.next();
    ports.board.publish(watch.status);
    if (step.done) return step.value;
    yield step.value;
  }
}

/** A check, and what becomes of it: never throws what a later check may not meet again. */
async function* checkOnce(course: Course): AsyncGenerator<WatchEvent, WatchOutcome | null> {
  const { ports, watch, input, signal } = course;
  const startedAt = ports.clock.now();
  try {
    const chain = course.connection ?? (yield* connect(course));
    watch.status = { ...watch.status, chain: chain.facts, isConnected: true };
    ports.board.publish(watch.status);
    const outcome = yield* checkChain({ watch, chain, input, ports });
    yield* save(course);
    const now = ports.clock.now();
    watch.status = { ...watch.status, problem: null, checkedAt: now, checkMs: now - startedAt };
    if (outcome === "not-verified") {
      watch.status = { ...watch.status, problem: "the server has not replayed yet what was verified" };
      countVerification(watch, outcome, watch.status.rows, now);
    }
    course.failures = 0;
    course.failed = null;
    course.gone = 0;
    return outcome;
  } catch (error) {
    if (signal.aborted) throw new InterruptedError();
    if (!(error instanceof OpsError)) throw error;
    await hangUp(course);
    if (watch.status.checkedAt === null && !passing.has(error.code)) throw error;
    return yield* failCheck(course, error);
  }
}

async function* connect(course: Course): AsyncGenerator<WatchEvent, WatchedChain> {
  const { ports, watch, failures } = course;
  const chain = await ports.connect(() => course.wake.wake());
  course.connection = chain;
  if (!course.hasState) {
    yield { type: "chain-found", chain: chain.facts, identity: chain.identity };
    const { path, memory } = await ports.memory.load(chain.facts, chain.identity);
    course.hasState = true;
    watch.memory = memory;
    watch.saved = memory;
    yield memory === null
      ? { type: "state-begun", path }
      : { type: "state-loaded", path, rows: memory.tip.size };
  } else {
    watch.status = { ...watch.status, reconnects: watch.status.reconnects + 1 };
    const { address, isStandby } = chain.facts;
    yield { type: "connection-made", address, isStandby, attempts: failures };
  }
  for (const message of chain.notes) yield { type: "noted", message };
  return chain;
}

/** Tells why a check could not be made, once while it stays the same. A chain that is gone twice in a row is a finding. */
async function* failCheck(course: Course, error: OpsError): AsyncGenerator<WatchEvent, WatchOutcome> {
  const { ports, watch } = course;
  const { code, message } = error;
  const now = ports.clock.now();
  course.failures += 1;
  course.gone = code === "no-chain" ? course.gone + 1 : 0;
  watch.status = { ...watch.status, isConnected: false, problem: message };
  const kind = `${code} ${message}`;
  if (course.failed !== kind) {
    course.failed = kind;
    yield { type: "check-failed", code, message, retryMs: backoffMs(course.failures, 1) };
  }
  const isGone = course.gone >= 2 && watch.memory !== null && watch.memory.tip.size > 0;
  const outcome: WatchOutcome = isGone ? "broken" : "not-verified";
  if (isGone && watch.memory !== null) yield* tellFindings(watch, [chainGone(watch.memory)], 1);
  countVerification(watch, outcome, watch.status.rows, now);
  return outcome;
}

/** What is known is written down as soon as it has changed; a check does not fail because it cannot be. */
async function* save({ ports, watch }: Course): AsyncGenerator<WatchEvent, void> {
  if (watch.memory === null || watch.memory === watch.saved) return;
  try {
    ports.memory.save(watch.memory);
    watch.saved = watch.memory;
    watch.status = { ...watch.status, stateProblem: null };
  } catch (error) {
    if (!(error instanceof OpsError)) throw error;
    if (watch.status.stateProblem !== error.message)
      yield { type: "state-unwritable", message: error.message };
    watch.status = { ...watch.status, stateProblem: error.message };
  }
}

/** Until the next check: an interval, less when something was notified, or what a failure asks for. */
async function rest({ input, ports, signal, wake, failures }: Course): Promise<void> {
  const { clock } = ports;
  if (failures > 0) await clock.wait(backoffMs(failures, Math.random()), signal);
  else {
    const least = leastRestMs(input.interval);
    await clock.wait(least, signal);
    await clock.wait(input.interval - least, AbortSignal.any([signal, wake.signal()]));
  }
  wake.reset();
  if (signal.aborted) throw new InterruptedError();
}

async function hangUp(course: Course): Promise<void> {
  const { connection } = course;
  course.connection = null;
  await connection?.[Symbol.asyncDispose]();
}

/** A bell that can be rung at any time and is heard at the next rest. */
interface Waking {
  wake(): void;
  signal(): AbortSignal;
  reset(): void;
}

function createWaking(): Waking {
  let controller = new AbortController();
  return {
    wake: () => controller.abort(),
    signal: () => controller.signal,
    reset() {
      if (controller.signal.aborted) controller = new AbortController();
    },
  };
}
