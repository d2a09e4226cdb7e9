import type { ListenerSection } from "../../config/listener-schema.ts";
import { readListenerPolicy } from "../policy/listener-policy.ts";
import type { ListenerPolicy } from "../policy/listener-policy.ts";
import type { Gate, SessionLimits } from "../sessions/ports.ts";
import type { Gates } from "./open-gates.ts";
import { serverTlsOf } from "./server-tls-of.ts";
import type { ServerTls } from "./transport/server-tls.ts";

/** What a listener goes by, and a reload replaces. */
export interface ListenerTerms {
  readonly policy: ListenerPolicy;
  readonly gate: Gate;
  readonly limits: SessionLimits;
  readonly tls: ServerTls | null;
  /** Whoever does not speak TLS is refused. */
  readonly requiresTls: boolean;
  /** Sessions at a time, of all and of one address. */
  readonly most: { readonly sessions: number; readonly perAddress: number };
  readonly drainMs: number;
}

const usualLimits: SessionLimits = { startupMs: 15_000, wholeBytes: 1 << 20, messageBytes: (1 << 30) - 1 };
const mostSessions = 10_000;
const usualDrainMs = 10_000;

/** Throws `bad-config` for a certificate that is none. */
export function readTerms(section: ListenerSection, gates: Pick<Gates, "gateFor">): ListenerTerms {
  const { limits } = section;
  return {
    policy: readListenerPolicy(section),
    gate: gates.gateFor(section),
    limits: {
      startupMs: limits?.startup ?? usualLimits.startupMs,
      wholeBytes: limits?.whole_bytes ?? usualLimits.wholeBytes,
      messageBytes: limits?.message_bytes ?? usualLimits.messageBytes,
    },
    tls: serverTlsOf(section),
    requiresTls: section.tls?.required === true,
    most: {
      sessions: limits?.connections ?? mostSessions,
      perAddress: limits?.per_address ?? mostSessions,
    },
    drainMs: section.drain ?? usualDrainMs,
  };
}

/** How long the sessions of the one that waits longest may go on. */
export function longestDrainMs(sections: readonly ListenerSection[]): number {
  return Math.max(0, ...sections.map(({ drain }) => drain ?? usualDrainMs));
}

/** The gate of the day, for sessions that are in, too. */
export function gateOf(terms: () => ListenerTerms): Gate {
  return {
    admit: (speaker, startup) => terms().gate.admit(speaker, startup),
    mayTakeOn: (speaker, role) => terms().gate.mayTakeOn(speaker, role),
  };
}
