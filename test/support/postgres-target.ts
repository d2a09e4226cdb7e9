import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "bun:test";
import type { Backend, HeldTarget, Undone, UndoOptions, UndoSource } from "../../src/chokepoint/backend.ts";
import { openPostgresBackend } from "../../src/chokepoint/backends/postgres/open-backend.ts";
import type { FencePlan } from "../../src/chokepoint/drop.ts";
import { recordPermit } from "../../src/chokepoint/recorded-permits.ts";
import type { Permit } from "../../src/chokepoint/permit.ts";
import type { Resource } from "../../src/chokepoint/resource.ts";
import type { TargetPolicy } from "../../src/chokepoint/target-policy.ts";
import { connect } from "../../src/postgres/connect.ts";
import type { Session } from "../../src/postgres/connect.ts";
import type { ConnectionSettings } from "../../src/postgres/settings.ts";
import { urlOf } from "./prove.ts";

/** A policy of one target, with nothing that the backend does not read. */
export function targetPolicy(
  url: string,
  mode: TargetPolicy["tombstone"]["mode"] = "required",
): TargetPolicy {
  return {
    name: "customers",
    kind: "postgres",
    placement: "shared",
    url,
    names: { patterns: {}, reserved: [], fromToken: {} },
    intent: { isRequired: false, longestMs: null },
    terminality: null,
    tombstone: {
      mode,
      retentionMs: 1,
      keepMs: 1,
      dir: "/nonexistent",
      recipients: [],
      identities: [],
      asSuperuser: false,
    },
    approval: { default: "allow", hold: [], deny: [], approvers: 1, expiresMs: 1 },
    breaker: { failures: 5, cooldownMs: 1, volume: { drops: 20, perMs: 1 } },
    command: null,
  };
}

export function backendOf(
  settings: ConnectionSettings,
  mode: TargetPolicy["tombstone"]["mode"] = "required",
  options: { readonly asSuperuser?: boolean } = {},
): Backend {
  return openPostgresBackend({
    ...options,
    policy: targetPolicy(urlOf(settings), mode),
    env: process.env,
    jobs: 2,
  });
}

export function permitOf(dropId: string): Permit {
  return recordPermit({ dropId, event: "drop.started", epoch: 1 });
}

export const never = new AbortController().signal;

/** A drop of one resource, step by step, each under its own hold as another instance would take it. */
export interface TestDrop {
  readonly dropId: string;
  readonly plan: FencePlan;
  hold<T>(work: (held: HeldTarget) => Promise<T>): Promise<T>;
  fence(force?: boolean): Promise<void>;
  undo(from: UndoSource, as?: string | null): Promise<Undone>;
  /** What the ledger would keep between two calls of an undo, kept. */
  undoOptions(as?: string | null): UndoOptions;
}

export async function planDrop(backend: Backend, resource: Resource): Promise<TestDrop> {
  const dropId = crypto.randomUUID();
  const hold = async <T>(work: (held: HeldTarget) => Promise<T>): Promise<T> => {
    await using held = await backend.hold(dropId, resource, never);
    return await work(held);
  };
  const { identity } = await backend.inspect(resource, { force: true, signal: never });
  const plan = await hold((held) => held.planFence(resource, identity));
  let whole: string | null = null;
  const drop: TestDrop = {
    dropId,
    plan,
    undoOptions: (as = null) => ({
      as,
      whole,
      onWhole: async (id) => {
        whole = id;
        await Promise.resolve();
      },
      progress: () => undefined,
      signal: never,
    }),
    hold,
    fence: (force = false) => hold((held) => held.fence(permitOf(dropId), plan, { force })),
    undo: (from, as = null) => hold((held) => held.undo(permitOf(dropId), plan, from, drop.undoOptions(as))),
  };
  return drop;
}

/** A folder that is gone after the file's last test. */
export async function testFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "postgres-target-"));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs statements as some role in some database; what the last one answers. */
export async function ask(
  settings: ConnectionSettings,
  ...statements: readonly string[]
): Promise<readonly Record<string, unknown>[]> {
  await using session: Session = await connect(settings, { applicationName: "test" });
  let rows: readonly Record<string, unknown>[] = [];
  for (const statement of statements) rows = await session.sql.unsafe(statement);
  return rows;
}
