import { client, server } from "./message-types.ts";

/** What of a client went through, counted: all that has to be known of it once it is gone. One small object, touched at every message. */
export interface Sent {
  /** Query, Sync and FunctionCall: each is answered by one ReadyForQuery. */
  cycles: number;
  /** Parse, Bind, Describe, Execute and Close. */
  extended: number;
  executes: number;
  closes: number;
  /** The same when the last cycle ended. */
  readonly before: { extended: number; executes: number; closes: number };
}

export function createSent(): Sent {
  return {
    cycles: 0,
    extended: 0,
    executes: 0,
    closes: 0,
    before: { extended: 0, executes: 0, closes: 0 },
  };
}

export function countSent(sent: Sent, type: number): void {
  switch (type) {
    case client.query:
    case client.sync:
    case client.functionCall:
      sent.cycles += 1;
      if (sent.before.extended === sent.extended) return;
      sent.before.extended = sent.extended;
      sent.before.executes = sent.executes;
      sent.before.closes = sent.closes;
      return;
    case client.execute:
      sent.executes += 1;
      sent.extended += 1;
      return;
    case client.close:
      sent.closes += 1;
      sent.extended += 1;
      return;
    case client.parse:
    case client.bind:
    case client.describe:
      sent.extended += 1;
      return;
    default:
      return;
  }
}

/** What of a server came, counted. */
export interface Answered {
  ready: number;
  /** CommandComplete, EmptyQueryResponse and PortalSuspended: each ends what an Execute, or a statement of a Query, has to say. */
  completions: number;
  closes: number;
  binds: number;
}

export function countAnswered(answered: Answered, type: number): void {
  switch (type) {
    case server.readyForQuery:
      answered.ready += 1;
      return;
    case server.commandComplete:
    case server.emptyQueryResponse:
    case server.portalSuspended:
      answered.completions += 1;
      return;
    case server.closeComplete:
      answered.closes += 1;
      return;
    case server.bindComplete:
      answered.binds += 1;
      return;
    default:
      return;
  }
}
