import { OpsError } from "../../../errors.ts";
import type { StartupPacket } from "../../../wire/postgres/read-startup.ts";
import { errorResponse } from "../../../wire/postgres/write-server.ts";
import type { Connection } from "../connection.ts";
import type { RunningSession, SessionContext, Speaker, WireRefusal } from "../ports.ts";
import { readFirst } from "./accept-startup.ts";
import type { CancelKeys } from "./cancel-keys.ts";
import type { SqlRecogniser } from "./recogniser.ts";
import { Relay } from "./relay.ts";
import type { StartupReading } from "./startup-reading.ts";

export interface PostgresContext extends SessionContext {
  readonly cancelKeys: CancelKeys;
  /** Nobody comes in without TLS. */
  readonly requiresTls: boolean;
  /** For a role that logs in to a database. */
  readonly recogniserFor: (speaker: Speaker, isAdmin: boolean) => Promise<SqlRecogniser>;
  readonly readStartup: (parameters: ReadonlyMap<string, string>) => StartupReading;
}

type Startup = Extract<StartupPacket, { type: "startup" }>;

/** A client that connected, from its first byte to its end. */
export function openPostgresSession(accepted: Connection, context: PostgresContext): RunningSession {
  let relay: Relay | null = null;
  let current = accepted;
  let speaker = speakerOf(accepted, context, new Map());
  const isGone = new AbortController();
  const done = Promise.withResolvers<void>();

  const refuse = ({ code, message, detail, hint }: WireRefusal): void => {
    current.write(errorResponse({ severity: "FATAL", code: code ?? "28000", message, detail, hint }));
    current.end();
  };

  async function start(): Promise<void> {
    const first = await readFirst(accepted, context, isGone);
    if (first === null) return;
    current = first.connection;
    speaker = speakerOf(current, context, new Map());
    if (first.packet.type === "cancel") return await cancel(first.packet.key, first.bytes);
    await logIn(first.packet, first.bytes, first.takeRest);
  }

  async function cancel(key: string, bytes: Uint8Array): Promise<void> {
    const answer = await context.cancelKeys.cancel(key);
    if (answer === "forward") {
      const server = await context.dial(isGone.signal);
      const closed = Promise.withResolvers<void>();
      server.handle({
        data: () => undefined,
        drained: () => undefined,
        ended: () => server.end(),
        closed: () => closed.resolve(),
      });
      server.write(bytes);
      await closed.promise;
    }
    current.end();
  }

  async function logIn(
    { parameters }: Startup,
    bytes: Uint8Array,
    takeRest: () => Uint8Array | null,
  ): Promise<void> {
    speaker = speakerOf(current, context, parameters);
    const isReplication = isOn(parameters.get("replication"));
    const asked = context.readStartup(parameters);
    const admission = await context.gate.admit(speaker, { isReplication, roles: asked.roles });
    if (admission.kind === "refused") return refuse(admission.refusal);
    speaker = { ...speaker, otherRoles: asked.roles, isAdmin: admission.isAdmin };
    if (asked.destructions.length > 0) {
      const verdict = await context.decider.decide(
        {
          speaker,
          destructions: asked.destructions,
          fingerprint: "",
          tags: new Map(),
          isInTransaction: false,
          isAlone: false,
          isForced: false,
        },
        { notice: () => undefined, signal: isGone.signal },
      );
      if (verdict.kind === "refused")
        return refuse({ ...verdict.refusal, code: verdict.refusal.code ?? "42501" });
      // What a start-up sets is set when the server lets the client in.
      if (verdict.kind === "forward") verdict.settle({ outcome: "ok", error: null });
    }
    const [recogniser, server] = await Promise.all([
      context.recogniserFor(speaker, admission.isAdmin),
      context.dial(isGone.signal),
    ]);
    if (isGone.signal.aborted) return server.destroy();
    let key: string | null = null;
    const rest = takeRest();
    relay = new Relay({
      client: current,
      server,
      context,
      speaker: () => speaker,
      takeOn(role) {
        if (
          role !== speaker.role &&
          !speaker.otherRoles.includes(role) &&
          speaker.otherRoles.length < mostRoles
        )
          speaker = { ...speaker, otherRoles: [...speaker.otherRoles, role] };
      },
      recogniser,
      isAdmin: admission.isAdmin,
      isReplication,
      onKey(given) {
        key = given;
        if (relay !== null) context.cancelKeys.add(given, relay);
      },
    });
    const drain = (): void => relay?.drain();
    context.drain.addEventListener("abort", drain);
    server.write(bytes);
    if (rest !== null) relay.push(rest);
    current.resume();
    if (context.drain.aborted) drain();
    await relay.closed;
    context.drain.removeEventListener("abort", drain);
    if (key !== null) context.cancelKeys.remove(key);
  }

  const running = start()
    .catch((error: unknown) => {
      if (!(error instanceof OpsError)) throw error;
      refuse({
        // cannot_connect_now: libpq goes on to the next host of its list, as it would where nobody listened.
        code: "57P03",
        message: `custody cannot reach the server: ${error.message}`,
        detail: "",
        hint: error.hint,
      });
    })
    .catch((error: unknown) => {
      context.warn(
        `a bug in custody: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
      current.destroy();
    })
    .finally(() => done.resolve());
  void running;

  return {
    get speaker() {
      return speaker;
    },
    destroy() {
      isGone.abort();
      if (relay === null) current.destroy();
      else relay.destroy();
    },
    closed: done.promise,
  };
}

/** Roles that a session may be known to have taken on; beyond them it is known as any. */
const mostRoles = 64;

function speakerOf(
  connection: Connection,
  { listener, target, sessionId }: SessionContext,
  parameters: ReadonlyMap<string, string>,
): Speaker {
  const role = parameters.get("user") ?? "";
  const database = parameters.get("database") ?? "";
  return {
    sessionId,
    listener,
    target,
    protocol: "postgres",
    role,
    otherRoles: [],
    isAdmin: false,
    // Who names none comes into the one that is called as he is (PostgreSQL, "ProcessStartupPacket").
    database: database === "" ? role : database,
    peer: connection.peer,
    certificate: connection.certificate,
    applicationName: parameters.get("application_name") ?? "",
  };
}

/** As the server reads the parameter: `database`, or a boolean. */
function isOn(value: string | undefined): boolean {
  return value !== undefined && !/^(?:f|fa|fal|fals|false|n|no|of|off|0)$/i.test(value);
}
