import { expect } from "bun:test";
import { join } from "node:path";
import type { ConnectionSettings } from "../../src/postgres/settings.ts";
import { custody, documentOf, dsnOf } from "./run-custody.ts";

export interface Ran {
  readonly code: number;
  readonly document: Record<string, unknown>;
}

export async function ran(...args: string[]): Promise<Ran> {
  const told = await custody([...args, "--output", "json"]);
  return { code: told.code, document: documentOf(told) };
}

export interface Signer {
  readonly key: string;
  readonly state: string;
  checkpoint(settings: ConnectionSettings, out: string, ...more: string[]): Promise<Ran>;
  verify(settings: ConnectionSettings, checkpoints: readonly string[], ...more: string[]): Promise<Ran>;
}

/** A key and a state folder of its own in a folder, and the commands that use them. */
export async function signerIn(folder: string, name: string): Promise<Signer> {
  const fileAt = (file: string): string => join(folder, file);
  const key = fileAt(`${name}.key`);
  const state = fileAt(`${name}-state`);
  expect((await custody(["chain", "keygen", "--name", `example.com/${name}`, "--out", key])).code).toBe(0);
  const at = (settings: ConnectionSettings): string[] => ["--db-url", dsnOf(settings), "--state", state];
  return {
    key,
    state,
    checkpoint: (settings, out, ...more) =>
      ran("chain", "checkpoint", ...at(settings), "--key", key, "--out", fileAt(out), ...more),
    verify: (settings, checkpoints, ...more) =>
      ran(
        "chain",
        "verify",
        ...at(settings),
        ...checkpoints.flatMap((each) => ["--checkpoint", fileAt(each)]),
        ...(checkpoints.length === 0 ? [] : ["--public-key", `${key}.pub`]),
        ...more,
      ),
  };
}

/** Hashes the whole chain again from its first row on, as its owner could, head included. */
export const rehash = `
  do $$ declare r record; previous bytea; begin
    select public.audit_chain_genesis(chain_id) into previous from public.audit_chain_head;
    for r in select * from public.audit_events order by seq loop
      previous := public.audit_events_row_hash(previous, r.seq, r.id, r."timestamp", r.actor, r.actor_type, r.action,
        r.resource_type, r.resource_id, r.event_category, r.recorded_at, r.recorded_by, r.details_hash);
      update public.audit_events e set row_hash = previous where e.seq = r.seq;
      update public.audit_events e set prev_hash = previous where e.seq = r.seq + 1;
    end loop;
    update public.audit_chain_head set row_hash = encode(previous, 'hex');
  end $$`;
/** Cuts rows off the end, and mends the head. */
export const truncate = (to: number): string => `
  delete from audit_events where seq > ${to};
  update audit_chain_head h set seq = ${to}, row_hash = (select encode(row_hash, 'hex') from audit_events where seq = ${to})`;
