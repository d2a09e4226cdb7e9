import type { Connection } from "../sessions/connection.ts";
import type { RunningSession, SessionContext } from "../sessions/ports.ts";

/** One protocol of the wire, as a listener drives it. */
export interface WireProtocol {
  /** `requiresTls`: whoever does not speak TLS is refused. */
  open(connection: Connection, context: SessionContext, requiresTls: boolean): RunningSession;
  /** Said to who is one connection too many, before it is hung up. */
  readonly tooMany: Uint8Array;
}
