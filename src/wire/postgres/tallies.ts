import { client, server } from "./message-types.ts";

/** What of a client went through, counted: all that has to be known of it once it is gone. */
export interface Sent {
  /** Query, Sync and FunctionCall: each is answered by one ReadyForQuery. */
  cycles: number;
  /** Parse, Bind, Describe, Execute and Close. */
  extended: number;
  binds: number;
  executes: number;
  closes: number;
  /** Syncs since the last of all these, or since the last that is a COPY's data or their end. */
  syncs: number;
  /** Data of a COPY, or their end, came since the last of all but Sync. */
  hasData: boolean;
  /** `extended`, `binds`, `executes` and `closes` when the last cycle ended. */
  extendedBefore: number;
  bindsBefore: number;
  executesBefore: number;
  closesBefore: number;
}

export function createSent(): Sent {
  return {
    cycles: 0,
    extended: 0,
    binds: 0,
    executes: 0,
    closes: 0,
    syncs: 0,
    hasData: false,
    extendedBefore: 0,
    bindsBefore: 0,
    executesBefore: 0,
    closesBefore: 0,
  };
}

export function countSent(sent: Sent, type: number): void {
  switch (type) {
    case client.sync:
      sent.syncs += 1;
      endCycle(sent);
      return;
    case client.query:
    case client.functionCall:
      sent.syncs = 0;
      sent.hasData = false;
      endCycle(sent);
      return;
    case client.execute:
      sent.executes += 1;
      break;
    case client.close:
      sent.closes += 1;
      break;
    case client.bind:
      sent.binds += 1;
      break;
    case client.parse:
    case client.describe:
      break;
    case client.copyData:
    case client.copyDone:
    case client.copyFail:
      sent.syncs = 0;
      sent.hasData = true;
      return;
    default:
      return;
  }
  sent.extended += 1;
  sent.syncs = 0;
  sent.hasData = false;
}

function endCycle(sent: Sent): void {
  sent.cycles += 1;
  if (sent.extendedBefore === sent.extended) return;
  sent.extendedBefore = sent.extended;
  sent.bindsBefore = sent.binds;
  sent.executesBefore = sent.executes;
  sent.closesBefore = sent.closes;
}

/** What of a server came, counted. */
export interface Answered {
  /** ReadyForQuery. */
  ready: number;
  /** Since the last of them: CommandComplete, EmptyQueryResponse and PortalSuspended; each ends what an Execute, or a statement of a Query, has to say. */
  completions: number;
  /** Since then: CloseComplete. */
  closes: number;
}

export function countAnswered(answered: Answered, type: number): void {
  switch (type) {
    case server.readyForQuery:
      answered.ready += 1;
      answered.completions = 0;
      answered.closes = 0;
      return;
    case server.commandComplete:
    case server.emptyQueryResponse:
    case server.portalSuspended:
      answered.completions += 1;
      return;
    case server.closeComplete:
      answered.closes += 1;
      return;
    default:
      return;
  }
}
