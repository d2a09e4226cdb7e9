import { z } from "zod";
import { qualifiedName } from "../../postgres/identifiers.ts";
import type { Ask } from "../ledger/readers.ts";

/** A thing that custody made in order to drop it behind the gate's back. */
export interface Canary {
  readonly name: string;
  readonly part: "database" | "role";
  /** Null: it may not have been made. */
  readonly id: string | null;
}

/** The canaries of one target. */
export interface CanaryRows {
  /** Recorded before it is made: what is not recorded is never dropped. */
  plan(systemIdentifier: string, canary: Canary): Promise<void>;
  made(name: string, id: string): Promise<void>;
  dropped(name: string): Promise<void>;
  /** Those that were not dropped yet. */
  living(systemIdentifier: string): Promise<readonly Canary[]>;
  /** Those that were dropped, and of which it is not said yet whether a round told of them. */
  unanswered(
    systemIdentifier: string,
  ): Promise<readonly { readonly name: string; readonly isHeard: boolean }[]>;
  close(name: string, end: "heard" | "silent"): Promise<void>;
  /** When the last one was made. */
  lastMadeAt(): Promise<Date | null>;
}

const canary = z.object({ name: z.string(), part: z.enum(["database", "role"]), id: z.string().nullable() });
const answer = z.object({ name: z.string(), isHeard: z.boolean() });

export function canaryRows(ask: Ask, schema: string, target: string): CanaryRows {
  const table = qualifiedName(schema, "custody_canaries");
  const inventory = qualifiedName(schema, "custody_inventory");
  const mark = async (name: string, column: string): Promise<void> => {
    await ask(
      `update ${table} c set ${column} = pg_catalog.clock_timestamp() where c.target = $1 and c.name = $2`,
      [target, name],
    );
  };
  return {
    async plan(systemIdentifier, { name, part }) {
      await ask(
        `insert into ${table} (target, system_identifier, name, part, made_at) values ($1, $2, $3, $4, pg_catalog.clock_timestamp())`,
        [target, systemIdentifier, name, part],
      );
    },
    async made(name, id) {
      await ask(`update ${table} c set id = $3 where c.target = $1 and c.name = $2`, [target, name, id]);
    },
    dropped: (name) => mark(name, "dropped_at"),
    async living(systemIdentifier) {
      const rows = await ask(
        `select c.name, c.part, c.id from ${table} c
          where c.target = $1 and c.system_identifier = $2 and c.dropped_at is null order by c.made_at`,
        [target, systemIdentifier],
      );
      return rows.map((row) => canary.parse(row));
    },
    async unanswered(systemIdentifier) {
      const rows = await ask(
        `select c.name, exists (select from ${inventory} r
             where r.target = c.target and r.system_identifier = c.system_identifier and r.part = c.part and r.id = c.id
               and r.finding = 'unattributed') as "isHeard"
           from ${table} c
          where c.target = $1 and c.system_identifier = $2 and c.id is not null and c.dropped_at is not null
            and c.heard_at is null and c.silent_at is null`,
        [target, systemIdentifier],
      );
      return rows.map((row) => answer.parse(row));
    },
    close: (name, end) => mark(name, end === "heard" ? "heard_at" : "silent_at"),
    async lastMadeAt() {
      const [row] = await ask(
        `select pg_catalog.max(c.made_at) as at from ${table} c where c.target = $1 and c.id is not null`,
        [target],
      );
      return z
        .date()
        .nullable()
        .parse(row?.["at"] ?? null);
    },
  };
}
