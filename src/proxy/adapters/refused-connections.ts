import type { JsonObject } from "../../chokepoint/drop.ts";
import { storableText } from "../../chokepoint/ledger/storable.ts";
import type { Ledger } from "../../chokepoint/ports.ts";
import { custodyItself } from "../../chokepoint/record-step.ts";
import { openRefusalLog } from "../../chokepoint/statements/refusal-log.ts";
import type { RefusedConnection } from "../gate/create-gate.ts";

/** Writes `connection.refused` (formats.md section 6): singly up to a rate, the rest by their count. Disposing writes what is left. */
export interface RefusedConnections extends AsyncDisposable {
  /** Never throws; nobody waits for the ledger. */
  record(refused: RefusedConnection): void;
}

interface Options {
  readonly ledger: Pick<Ledger, "append">;
  readonly warn: (message: string) => void;
  readonly now: () => Date;
}

/** Of what the ledger has not answered yet; those beyond are told to `warn` alone. */
const mostWaiting = 1_000;

export function openRefusedConnections({ ledger, warn, now }: Options): RefusedConnections {
  const log = openRefusalLog({ ledger, action: "connection.refused", actor: custodyItself, now });
  const waiting = new Set<Promise<void>>();

  async function append(refused: RefusedConnection): Promise<void> {
    try {
      await ledger.append({
        action: "connection.refused",
        details: detailsOf(refused),
        resourceType: "listener",
        resourceId: refused.speaker.listener,
        actor: custodyItself,
      });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      warn(`a refused connection to ${refused.speaker.listener} is not in the ledger: ${why}`);
    }
  }

  return {
    record(refused) {
      const { listener, role, peer } = refused.speaker;
      if (!log.isSingle({ listener, role: storableText(role, 256), address: addressOf(peer) })) return;
      if (waiting.size >= mostWaiting) {
        warn(`a refused connection to ${listener} is not in the ledger: too many wait for it`);
        return;
      }
      const written = append(refused);
      waiting.add(written);
      void written.finally(() => waiting.delete(written));
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(waiting);
      await log[Symbol.asyncDispose]();
    },
  };
}

/** What was said by somebody whom nobody knows is cut short. */
function detailsOf({ speaker, roles, reason }: RefusedConnection): JsonObject {
  const short = (text: string): string => storableText(text, 256);
  return {
    listener: speaker.listener,
    target: speaker.target,
    protocol: speaker.protocol,
    session: speaker.sessionId,
    role: short(speaker.role),
    other_roles: roles.slice(0, 10).map(short),
    database: short(speaker.database),
    peer: speaker.peer,
    certificate: speaker.certificate === null ? null : short(speaker.certificate),
    application_name: short(speaker.applicationName),
    /** Which part of the gate said no. */
    reason,
  };
}

/** Of one address all ports are counted together. */
function addressOf(peer: string): string {
  return peer.replace(/:\d+$/, "");
}
