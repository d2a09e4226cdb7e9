import type { SqlEffect, SqlJudgement } from "../../../destruction/sql/wire/judgement.ts";
import { client } from "../../../wire/postgres/message-types.ts";
import { flush } from "../../../wire/postgres/write-client.ts";
import { errorResponse, noticeResponse } from "../../../wire/postgres/write-server.ts";
import type { Sighting, WireRefusal, WireVerdict } from "../ports.ts";
import { answerDone } from "./answer-done.ts";
import { applyEffect } from "./apply-effect.ts";
import type { ReadingOptions } from "./reading.ts";
import { runBy } from "./run-by.ts";
import { sight } from "./sight.ts";

/** What becomes of a message at which the reader stopped. Each answers false, and lets the reader go on later. */
export interface Deciding {
  /**
   * Decides on what these mean, once the server has answered all that came before. `isForExecute`: at a Bind, for the Execute that comes behind it, which
   * is not asked about.
   */
  run(type: number, meanings: () => readonly SqlJudgement[], isForExecute?: boolean): false;
  /** Only waits for that, and then does this. */
  wait(then: () => void): false;
  refuse(type: number, refusal: WireRefusal): false;
  /** The recogniser's own error: this statement is refused, the session lives. */
  refuseBug(type: number, error: unknown): false;
  isStopped(): boolean;
  cancel(): "cancelled" | "refused" | "forward";
  gone(): void;
}

const cancelled: WireRefusal = {
  code: "57014",
  message: "canceling statement due to user request",
  detail: "it was held by custody, and was not executed",
  hint: "",
};

const clientGone = { code: "", message: "the client was gone before it was sent" };

export function createDeciding(options: ReadingOptions): Deciding {
  const { context, cycles, book, outcomes, standIns, sent } = options;
  let stopped: AbortController | null = null;
  let isCancelled = false;
  /** How many DROP DATABASE the server is at: cut off half-way, a database is neither there nor gone. */
  let uncancellable = 0;

  function stop(type: number, work: (signal: AbortSignal) => Promise<Uint8Array | null>): false {
    const controller = new AbortController();
    stopped = controller;
    isCancelled = false;
    const goOn = (instead: Uint8Array | null): void => {
      if (stopped !== controller) return;
      stopped = null;
      if (!controller.signal.aborted || isCancelled) options.release(instead);
    };
    work(controller.signal)
      .catch((error: unknown) => standInFor(type, bugRefusal(error)))
      .then(goOn)
      .catch((error: unknown) => {
        bugRefusal(error);
        options.fail("XX000", "a bug in custody");
      });
    return false;
  }

  function standInFor(type: number, refusal: WireRefusal): Uint8Array {
    const { code, message, detail, hint } = refusal;
    const answer = errorResponse({ severity: "ERROR", code: code ?? "42501", message, detail, hint });
    return standIns.refuse(type, cycles.sending(), answer);
  }

  function bugRefusal(error: unknown): WireRefusal {
    context.warn(`a bug in custody's recogniser: ${error instanceof Error ? error.message : String(error)}`);
    return {
      code: null,
      message: "custody could not read this statement, and has refused it",
      detail: "a bug in custody: its log says more",
      hint: "report it",
    };
  }

  async function decide(
    type: number,
    judgements: readonly SqlJudgement[],
    signal: AbortSignal,
    isForExecute: boolean,
  ): Promise<Uint8Array | null> {
    const all = runBy(judgements, (name) => book.statement(name, cycles.sending()));
    const gated = gatedRole(all);
    if (gated !== null) return standInFor(type, gated);
    const executesBefore = sent.executes - sent.executesBefore;
    const sighting = sight(all, {
      speaker: options.speaker(),
      isInTransaction: options.status() !== "I" || executesBefore > 0,
      // To bind is not to run yet: custody cannot do it in the session's place.
      isFirst: executesBefore === 0 && type !== client.bind,
    });
    if (sighting === null) {
      apply(all);
      return null;
    }
    const verdict = await verdictOn(sighting, signal);
    if (!signal.aborted || isCancelled)
      return carryOut(type, all, sighting, verdict, { executesBefore, isForExecute });
    // It is never sent.
    if (verdict.kind === "forward") verdict.settle({ outcome: "error", error: clientGone });
    return null;
  }

  async function verdictOn(sighting: Sighting, signal: AbortSignal): Promise<WireVerdict> {
    let isFlushed = false;
    const verdict = await context.decider.decide(sighting, {
      signal,
      notice({ message, detail, hint }) {
        // What was answered before is not to wait in the server's buffer with it.
        if (!isFlushed && sent.extended !== sent.extendedBefore) options.server.write(flush);
        isFlushed = true;
        options.tell(noticeResponse({ severity: "NOTICE", code: "00000", message, detail, hint }));
      },
    });
    return isCancelled && verdict.kind === "refused" ? { kind: "refused", refusal: cancelled } : verdict;
  }

  function carryOut(
    type: number,
    judgements: readonly SqlJudgement[],
    sighting: Sighting,
    verdict: WireVerdict,
    { executesBefore, isForExecute }: { readonly executesBefore: number; readonly isForExecute: boolean },
  ): Uint8Array | null {
    switch (verdict.kind) {
      case "pass":
        apply(judgements);
        return null;
      case "refused":
        return standInFor(type, verdict.refusal);
      case "done": {
        const [destroyed] = sighting.destructions;
        const isIfExists = judgements.some((each) => each.isIfExists);
        const answer =
          destroyed === undefined ? null : answerDone(destroyed, { isNoop: verdict.isNoop, isIfExists });
        if (answer === null) throw new Error("custody has done what nobody asked for");
        if ("code" in answer) return standInFor(type, answer);
        return standIns.done(type, cycles.sending(), sent.closes - sent.closesBefore, answer);
      }
      case "forward": {
        const isDatabase = sighting.destructions.some(({ kind }) => kind === "database");
        if (isDatabase) uncancellable += 1;
        outcomes.follow(
          {
            cycle: cycles.sending(),
            execute: type === client.execute || isForExecute ? executesBefore : null,
            isMixed:
              (type === client.bind && !isForExecute) ||
              judgements.some(({ effects }) => effects.some(isTransactional)),
            mayCommit:
              options.status() === "I" &&
              judgements.some(({ effects }) =>
                effects.some(({ type: effect }) => effect === "commit-within"),
              ),
          },
          (settled) => {
            if (isDatabase) uncancellable -= 1;
            verdict.settle(settled);
          },
        );
        apply(judgements);
        return null;
      }
    }
  }

  function gatedRole(judgements: readonly SqlJudgement[]): WireRefusal | null {
    for (const { effects } of judgements)
      for (const effect of effects) {
        if (effect.type !== "set-role" || effect.role === null) continue;
        if (!context.gate.mayTakeOn(options.speaker(), effect.role))
          return {
            code: "42501",
            message: `custody's gate refuses the role ${JSON.stringify(effect.role)} here`,
            detail: "",
            hint: "connect anew, as a role that the gate of this listener lets in",
          };
      }
    return null;
  }

  function apply(judgements: readonly SqlJudgement[]): void {
    for (const { effects } of judgements) for (const effect of effects) applyEffect(effect, options);
  }

  return {
    run(type, meanings, isForExecute = false) {
      if (cycles.isCopying()) {
        options.fail("08P01", "a command amid the data of a COPY");
        return false;
      }
      return stop(type, async (signal) => {
        await cycles.quiet();
        return await decide(type, meanings(), signal, isForExecute);
      });
    },
    wait: (then) =>
      stop(client.parse, async () => {
        await cycles.quiet();
        then();
        return null;
      }),
    refuse: (type, refusal) => stop(type, async () => standInFor(type, refusal)),
    refuseBug: (type, error) => stop(type, async () => standInFor(type, bugRefusal(error))),
    isStopped: () => stopped !== null,
    cancel() {
      if (uncancellable > 0) return "refused";
      // What the server is at still is what is to be cancelled, not what waits behind it.
      if (stopped === null || cycles.answering() < cycles.sending()) return "forward";
      isCancelled = true;
      stopped.abort();
      return "cancelled";
    },
    gone() {
      stopped?.abort();
    },
  };
}

function isTransactional({ type }: SqlEffect): boolean {
  return [
    "begin",
    "commit",
    "rollback",
    "rollback-to",
    "prepare-transaction",
    "commit-prepared",
    "rollback-prepared",
    "rollback-within",
  ].includes(type);
}
