import type { DropMetrics } from "../../chokepoint/faces.ts";
import type { Ledger } from "../../chokepoint/ports.ts";
import type { TargetPolicy } from "../../chokepoint/target-policy.ts";
import type { ListenerSection } from "../../config/listener-schema.ts";
import { requireSettings } from "../../postgres/require-settings.ts";
import type { Environment } from "../../postgres/settings.ts";
import { createGate } from "../gate/create-gate.ts";
import type { GateParts } from "../gate/create-gate.ts";
import { readGatePolicy } from "../gate/gate-policy.ts";
import { keepFresh } from "../gate/keep-fresh.ts";
import { namedUsers } from "../gate/named-users.ts";
import type { RoleFactsSource } from "../gate/role-facts.ts";
import type { Gate, Speaker } from "../sessions/ports.ts";
import { createKnownFunctions } from "./known-functions.ts";
import type { KnownFunctions } from "./known-functions.ts";
import { openPostgresRoles } from "./postgres-roles.ts";
import { openRefusedConnections } from "./refused-connections.ts";

/** The gates of a process, and what they know. Disposing ends their connections and records what is left to record. */
export interface Gates extends AsyncDisposable {
  /** Of one listener: listeners before one target share what is known of its roles. */
  gateFor(section: Pick<ListenerSection, "target" | "gate">): Gate;
  /**
   * What a session can call by name that is the server's own and harmless, for a role that could drop what others own. Null: nobody was
   * asked, since the target is not PostgreSQL. Rejects with `OpsError`.
   */
  knownFunctions(speaker: Pick<Speaker, "target" | "database" | "role">): Promise<ReadonlySet<string> | null>;
}

/** Those that also record who was refused, in another process, too. */
export interface RecordingGates extends Gates {
  readonly record: GateParts["record"];
}

interface Place {
  /** Those that listeners stand before, or more. */
  readonly targets: Iterable<Pick<TargetPolicy, "name" | "kind" | "url">>;
  readonly env: Environment;
  /** For people. What is said again and again is told once a minute. */
  readonly warn: (message: string) => void;
}

interface Options extends Place {
  readonly ledger: Pick<Ledger, "append">;
  readonly metrics: Pick<DropMetrics, "connectionRefused">;
}

/** Nobody is asked yet. Throws `bad-config`, `bad-usage`, `file-unreadable` for a target's URL. */
export async function openGates({ ledger, metrics, ...place }: Options): Promise<RecordingGates> {
  await using stack = new AsyncDisposableStack();
  const warn = onceAMinute(place.warn);
  const refused = stack.use(openRefusedConnections({ ledger, warn, now: () => new Date() }));
  const record: GateParts["record"] = (each) => {
    metrics.connectionRefused(each.speaker.listener, each.reason);
    refused.record(each);
  };
  const gates = stack.use(await openGatesThatTell(place, record));
  const owned = stack.move();
  return { ...gates, record, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** The same where somebody else records: `record` is told who was refused, and never throws. */
export async function openGatesThatTell(
  { targets, env, warn }: Place,
  record: GateParts["record"],
): Promise<Gates> {
  await using stack = new AsyncDisposableStack();
  const tell = onceAMinute(warn);
  const roles = new Map<string, RoleFactsSource>();
  const functions = new Map<string, KnownFunctions>();
  for (const { name, kind, url } of targets) {
    if (kind !== "postgres") {
      roles.set(name, namedUsers);
      continue;
    }
    const settings = await requireSettings(url, env);
    const asked = stack.use(openPostgresRoles(settings));
    const fresh = keepFresh({
      read: (signal) => asked.read(signal),
      nowMs: () => Math.round(performance.now()),
    });
    roles.set(name, stack.use(fresh));
    functions.set(name, createKnownFunctions(settings));
  }
  const owned = stack.move();
  return {
    gateFor(section) {
      const source = roles.get(section.target);
      if (source === undefined) throw new Error(`the gates were opened without target ${section.target}`);
      return createGate({
        policy: readGatePolicy(section),
        roles: source,
        record,
        warn: (message) => tell(`${section.target}: ${message}`),
      });
    },
    async knownFunctions({ target, database, role }) {
      // Who names no database comes into the one that is called as he is.
      return (await functions.get(target)?.(database === "" ? role : database)) ?? null;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** During an outage everybody who comes meets the same. */
function onceAMinute(warn: (message: string) => void): (message: string) => void {
  const said = new Map<string, number>();
  return (message) => {
    const now = performance.now();
    for (const [each, at] of said) if (now - at >= 60_000) said.delete(each);
    if (said.has(message)) return;
    if (said.size < 100) said.set(message, now);
    warn(message);
  };
}
