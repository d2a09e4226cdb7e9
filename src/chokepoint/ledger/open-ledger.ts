import { OpsError } from "../../errors.ts";
import { connect } from "../../postgres/connect.ts";
import type { ConnectionSettings } from "../../postgres/connection-settings.ts";
import type { Drop } from "../drop.ts";
import type { Ledger, Recorded, StepResult } from "../ports.ts";
import { createClaims, giveBackStatement } from "./claims.ts";
import type { Row } from "./commit-batch.ts";
import { dropOf } from "./drop-row.ts";
import { createGroupCommit } from "./group-commit.ts";
import { installDrops } from "./install-drops.ts";
import { createItems } from "./items.ts";
import { openPresence } from "./presence.ts";
import {
  countDrops,
  dueDrops,
  findDrop,
  listDrops,
  countStarted,
  readClock,
  readSecret,
  readTimeline,
} from "./read-drops.ts";
import { createReaders } from "./readers.ts";
import { createSessionSlot } from "./session-slot.ts";
import type { Writer } from "./step-input.ts";
import { tablesIn } from "./tables.ts";
import { createMoves } from "./watch-moves.ts";

export interface LedgerOptions {
  readonly settings: ConnectionSettings;
  readonly schema: string;
  /** For people: which host, which process. */
  readonly instanceName: string;
  readonly now: () => Date;
  /** Ends every session at once. */
  readonly signal: AbortSignal;
  /** How long an instance that hangs keeps what it holds. */
  readonly leaseMs?: number;
}

const usualLeaseMs = 15_000;
const longestBeatMs = 2000;

/**
 * Opens the ledger, installing or upgrading its tables first. From then on sessions that are lost are replaced: a call during an outage
 * throws `unreachable` or `connection-lost` within seconds, a later one works again. Disposing gives back what is held.
 */
export async function openLedger(options: LedgerOptions): Promise<Ledger & AsyncDisposable> {
  const { settings, signal } = options;
  const tables = tablesIn(options.schema);
  const leaseMs = options.leaseMs ?? usualLeaseMs;
  {
    await using session = await connect(settings, { applicationName: "ledger migration", signal });
    await installDrops(session, options.schema);
  }
  await using stack = new AsyncDisposableStack();
  const place = { settings, signal };
  const readers = stack.use(createReaders({ ...place, name: "ledger reader" }));
  const { ask } = readers;
  const writing = stack.use(createSessionSlot({ ...place, name: "ledger writer" }));
  const group = stack.use(createGroupCommit(writing, tables));
  const claims = createClaims(tables, leaseMs, async (dropId, epoch) => {
    await ask(giveBackStatement(tables), [dropId, String(epoch), String(presence.instance())]);
  });
  const moves = createMoves(tables);
  const beatMs = Math.min(leaseMs / 3, longestBeatMs);
  const presence = stack.use(
    await openPresence({
      settings,
      tables,
      name: options.instanceName,
      beatMs,
      beat: (session, instance) => claims.renew(session, instance),
      onNotified: (payload) => moves.notified(payload),
      signal,
    }),
  );
  const expiry = setInterval(() => claims.expire(), beatMs / 2);
  stack.defer(() => clearInterval(expiry));
  const polling = setInterval(() => void moves.poll(ask).catch(() => undefined), pollMs);
  stack.defer(() => clearInterval(polling));
  const items = createItems(tables);
  let steps = 0;
  const writer = (): Writer => {
    steps += 1;
    return { instance: presence.instance(), stepId: `${presence.instance()}-${steps.toString(36)}`, leaseMs };
  };
  const owned = stack.move();

  return {
    async record(drop) {
      const { rows } = await group.commit(items.record(drop, writer()));
      const used = drop.statement?.ticket?.sha256;
      const found =
        rows[0] !== undefined
          ? dropOf(rows[0])
          : await findDrop(
              ask,
              tables,
              used === undefined
                ? { column: "request_id", value: drop.request.requestId }
                : { column: "ticket", value: used },
            );
      if (found === null) throw missing(`request ${drop.request.requestId}`);
      return recorded(drop, found);
    },
    async step(step) {
      const { rows } = await group.commit(items.step(step, writer(), options.now()));
      if (rows[0] === undefined) throw missing(`drop ${step.dropId}`);
      return resultOf(rows[0]);
    },
    async append(event) {
      await group.commit(items.append(event, writer()));
    },
    find: (dropId) => findDrop(ask, tables, { column: "drop_id", value: dropId }),
    findSecret: (dropId) => readSecret(ask, tables, dropId),
    list: (filter) => listDrops(ask, tables, filter),
    timeline: (dropId) => readTimeline(ask, tables, dropId),
    async claim(dropId) {
      const { rows } = await group.commit(items.claim(dropId, writer()));
      return rows[0] === undefined ? null : dropOf(rows[0]);
    },
    keepAlive: (dropId, epoch) => claims.keep(dropId, epoch),
    due: (now, limit) => dueDrops(ask, tables, now, limit),
    clock: () => readClock(ask),
    startedSince: (target, caller, since) => countStarted(ask, tables, { target, caller, since }),
    onMoved: (listener) => moves.follow(listener),
    count: () => countDrops(ask, tables),
    async ping() {
      await group.commit(items.ping(writer()));
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const pollMs = 5000;

function recorded(given: Drop, found: Drop): Recorded {
  if (found.dropId === given.dropId) return { kind: "new", drop: found };
  const isRepeat = given.statement === null && found.requestHash === given.requestHash;
  return { kind: isRepeat ? "repeat" : "conflict", drop: found };
}

function resultOf(row: Row): StepResult {
  const drop = dropOf(row);
  const { verdict, other } = row;
  if (verdict === "moved") return { moved: true, drop };
  if (verdict === "identity") return { moved: false, why: "identity", drop, other: String(other) };
  return { moved: false, why: verdict === "volume" ? "volume" : "stale", drop };
}

function missing(what: string): OpsError {
  return new OpsError(
    "server-error",
    `the ledger has no ${what}, which it had`,
    "it may have been restored from an older backup: custody chain verify tells",
  );
}
