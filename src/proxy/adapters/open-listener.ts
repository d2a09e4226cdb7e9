import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { showSpan } from "../../chokepoint/show-span.ts";
import type { ListenPlace } from "../../config/listen-place.ts";
import { showPlace } from "../../config/listen-place.ts";
import type { Connection } from "../sessions/connection.ts";
import type { RunningSession } from "../sessions/ports.ts";
import type { SessionsElsewhere } from "./processes/session-counts.ts";
import type { ServerTls } from "./transport/server-tls.ts";
import type { Transport } from "./transport/transport.ts";

/** What a listener is to do with who comes. */
export interface ListenerPlan {
  readonly name: string;
  readonly place: ListenPlace;
  /** Of a Unix socket's file. */
  readonly fileMode: number;
  readonly tls: ServerTls | null;
  readonly reusePort: boolean;
  /** Sessions at a time, of all and of one address. */
  readonly most: () => { readonly sessions: number; readonly perAddress: number };
  readonly open: (connection: Connection, sessionId: string, drain: AbortSignal) => RunningSession;
  /** Said to who is one too many, before it is hung up. */
  readonly tooMany: Uint8Array;
  readonly warn: (message: string) => void;
  /** Told how many sessions there are, of all and of the address of one that came or went. */
  readonly onCount: (open: number, host: string, ofHost: number) => void;
  /** They count, too. */
  readonly elsewhere: SessionsElsewhere;
  readonly onTooMany: () => void;
}

export interface RunningListener extends AsyncDisposable {
  readonly name: string;
  readonly address: string;
  sessions(): readonly RunningSession[];
  /** For handshakes from now on. */
  setTls(tls: ServerTls | null): void;
  /** Takes nobody any more, asks all sessions to end when they are idle, and ends those that are left after so long. */
  drain(deadlineMs: number): Promise<void>;
}

/** Listens when it resolves. Throws `bad-config` for a place that cannot be had. Disposing ends all sessions at once. */
export async function openListener(plan: ListenerPlan, transport: Transport): Promise<RunningListener> {
  const sessions = new Set<RunningSession>();
  const byAddress = new Map<string, number>();
  const draining = new AbortController();

  function take(connection: Connection): void {
    const { host } = connection;
    const { elsewhere } = plan;
    const most = plan.most();
    const ofAddress = (byAddress.get(host) ?? 0) + 1;
    const isFull =
      sessions.size + elsewhere.all() >= most.sessions || ofAddress + elsewhere.of(host) > most.perAddress;
    if (draining.signal.aborted || isFull) {
      plan.onTooMany();
      connection.handle(deaf);
      connection.write(plan.tooMany);
      connection.end();
      return;
    }
    byAddress.set(host, ofAddress);
    const session = plan.open(connection, `s-${randomBytes(8).toString("hex")}`, draining.signal);
    sessions.add(session);
    plan.onCount(sessions.size, host, ofAddress);
    void forget(session, host);
  }
  async function forget(session: RunningSession, host: string): Promise<void> {
    await session.closed;
    sessions.delete(session);
    const left = (byAddress.get(host) ?? 1) - 1;
    if (left > 0) byAddress.set(host, left);
    else byAddress.delete(host);
    plan.onCount(sessions.size, host, left);
  }

  const listening = await transport.listen({
    place: plan.place,
    tls: plan.tls,
    reusePort: plan.reusePort,
    fileMode: plan.fileMode,
    onConnection: take,
  });
  const { place } = plan;
  const taken = place.kind === "tcp" ? { ...place, port: listening.port } : place;
  const end = async (): Promise<void> => {
    const left = [...sessions];
    for (const session of left) session.destroy();
    await Promise.all(left.map(({ closed }) => closed));
  };
  let closing: Promise<void> | null = null;
  const close = (): Promise<void> => (closing ??= listening.close());
  return {
    name: plan.name,
    address: showPlace(taken),
    sessions: () => [...sessions],
    setTls: (tls) => listening.setTls(tls),
    async drain(deadlineMs) {
      await close();
      draining.abort();
      if (sessions.size > 0)
        plan.warn(`${countOf(sessions.size)} open: who is busy has ${showSpan(deadlineMs)}`);
      const idle = Promise.all([...sessions].map(({ closed }) => closed));
      const late = new AbortController();
      await Promise.race([
        idle.finally(() => late.abort()),
        delay(deadlineMs, undefined, { signal: late.signal }).catch(() => undefined),
      ]);
      if (sessions.size > 0) plan.warn(`${countOf(sessions.size)} cut off: the time was over`);
      await end();
    },
    async [Symbol.asyncDispose]() {
      await close();
      draining.abort();
      await end();
    },
  };
}

function countOf(sessions: number): string {
  return sessions === 1 ? "1 session" : `${sessions} sessions`;
}

const nothing = (): void => undefined;
/** Who is not talked to. */
const deaf = { data: nothing, drained: nothing, ended: nothing, closed: nothing };
