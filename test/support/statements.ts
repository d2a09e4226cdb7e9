import type { Caller } from "../../src/chokepoint/drop.ts";
import type {
  HeldNotice,
  StatementAnswer,
  StatementWatch,
  WireStatement,
} from "../../src/chokepoint/statements/statement.ts";
import { startInstance, testPolicy } from "./engine.ts";
import type { Instance, World } from "./engine.ts";

export const dba: Caller = { name: "dba", person: null, peer: "192.0.2.9:40123", protocol: "postgres" };

/** `DROP DATABASE db_acme`, sent by a session of the role `dba`. */
export function wireStatement(given: Partial<WireStatement> = {}): WireStatement {
  return {
    target: "customers",
    requestId: null,
    token: "",
    action: "audit",
    reason: null,
    destructions: [{ kind: "database", what: "DROP DATABASE", names: ["db_acme"] }],
    fingerprint: "f".repeat(64),
    tags: {},
    isInTransaction: false,
    isForced: false,
    holdMs: 60_000,
    ticket: null,
    ...given,
    session: {
      id: "s-0000000000000001",
      listener: "customers-pg",
      role: "dba",
      otherRoles: [],
      database: "app",
      applicationName: "psql",
      certificate: null,
      ...given.session,
    },
  };
}

export interface Watching extends StatementWatch {
  readonly notices: HeldNotice[];
  /** The client goes away. */
  leave(): void;
  /** Of the first notice. */
  readonly isHeld: Promise<HeldNotice>;
}

export function watching(): Watching {
  const gone = new AbortController();
  const notices: HeldNotice[] = [];
  const { promise, resolve } = Promise.withResolvers<HeldNotice>();
  return {
    notices,
    isHeld: promise,
    leave: () => gone.abort(),
    signal: gone.signal,
    notice(held) {
      notices.push(held);
      resolve(held);
    },
  };
}

/** An instance that lets sessions do what they ask for, unless the test says otherwise. */
export function startListening(
  world: World,
  options: Partial<Parameters<typeof startInstance>[1]> = {},
): Instance {
  return startInstance(world, { name: "one", policy: testPolicy(), ...options });
}

/** The server carries out what a session was let through with. */
export function carryOut(world: World, ...ids: readonly string[]): void {
  for (const id of ids) {
    const at = world.server.things.findIndex((each) => each.id === id);
    if (at >= 0) world.server.things.splice(at, 1);
  }
}

export function started(answer: StatementAnswer): Extract<StatementAnswer, { kind: "started" }> {
  if (answer.kind !== "started") throw new Error(`it was ${answer.state}: ${answer.refusal.reason}`);
  return answer;
}

export function refused(answer: StatementAnswer): Extract<StatementAnswer, { kind: "refused" }> {
  if (answer.kind !== "refused") throw new Error(`it was let through as ${answer.dropId}`);
  return answer;
}
