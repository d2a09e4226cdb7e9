import type { Caller } from "../drop.ts";
import { custodyItself } from "../record-step.ts";
import { decideStatement } from "./decide-statement.ts";
import { openRefusalLog } from "./refusal-log.ts";
import { settleStatement } from "./settle-statement.ts";
import type { Deciding } from "./start-statement.ts";
import type { StatementAnswer, StatementWatch, WireStatement } from "./statement.ts";
import type { StatementPorts } from "./statement-ports.ts";

/** The statements of sessions of this instance. */
export interface Statements {
  decide(given: WireStatement, caller: Caller, watch: StatementWatch): Promise<StatementAnswer>;
  /** Whether a session of this instance has it: nobody else ends it. */
  isLive(dropId: string): boolean;
  /** Waits until what runs has ended, and what was counted is written: after `stop`. */
  settled(): Promise<void>;
}

export function openStatements(ports: StatementPorts, warn: (message: string) => void): Statements {
  const { ledger, now } = ports;
  const refusals = openRefusalLog({ ledger, action: "drop.refused", actor: custodyItself, now });
  const live = new Set<string>();
  const running = new Set<Promise<unknown>>();
  const run = async <T>(work: Promise<T>): Promise<T> => {
    running.add(work);
    try {
      return await work;
    } finally {
      running.delete(work);
    }
  };

  const deciding: Deciding = {
    ...ports,
    refusals,
    started: (drop, lease) => ({
      kind: "started",
      dropId: drop.dropId,
      async settle(end) {
        try {
          await run(settleStatement(drop, end, ports, warn));
        } finally {
          lease[Symbol.dispose]();
          live.delete(drop.dropId);
        }
      },
    }),
  };

  return {
    async decide(given, caller, watch) {
      const mine: string[] = [];
      const own: Deciding = {
        ...deciding,
        newDropId() {
          const dropId = ports.newDropId();
          live.add(dropId);
          mine.push(dropId);
          return dropId;
        },
      };
      let isStarted = false;
      try {
        const answer = await run(decideStatement(given, caller, watch, own));
        isStarted = answer.kind === "started";
        return answer;
      } finally {
        if (!isStarted) for (const each of mine) live.delete(each);
      }
    },
    isLive: (dropId) => live.has(dropId),
    async settled() {
      while (running.size > 0) await Promise.allSettled(running);
      await refusals[Symbol.asyncDispose]();
    },
  };
}
