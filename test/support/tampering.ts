import fc from "fast-check";
import { certctlKind, custodyKind } from "./either-chain.ts";
import type { ChainKind } from "./either-chain.ts";

/** Rows e1 … e10; the last has a bar in a text. */
export const size = 10;

export type Edit =
  | { readonly kind: "column"; readonly column: number; readonly row: number; readonly value: number }
  | { readonly kind: "swap-column"; readonly column: number; readonly row: number; readonly other: number }
  | { readonly kind: "swap-rows"; readonly row: number; readonly other: number }
  | { readonly kind: "move-text"; readonly row: number }
  | { readonly kind: "delete"; readonly row: number }
  | { readonly kind: "insert"; readonly row: number; readonly after: number; readonly isLast: boolean }
  | { readonly kind: "head"; readonly value: number };

const row = fc.integer({ min: 1, max: size });
const nat = fc.nat(40);
export const edits: readonly { readonly weight: number; readonly arbitrary: fc.Arbitrary<Edit> }[] = [
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("column"), column: nat, row, value: nat }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("swap-column"), column: nat, row, other: row }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("swap-rows"), row, other: row }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("move-text"), row }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("delete"), row }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("insert"), row, after: row, isLast: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("head"), value: nat }) },
];

/** How the two profiles' tables are edited. `values` holds, for each column, what it may be set to. */
export interface Subject {
  readonly kind: ChainKind;
  readonly values: Readonly<Record<string, readonly string[]>>;
  /** Of a copied row: what it has as prev_hash, row_hash and so on, beside its content. */
  insert(from: number, after: number, isLast: boolean): string;
  readonly heads: readonly string[];
  /** Of a row `e`: all that its profile protects, and its hashes. */
  readonly protectedText: string;
}

const pick = <T>(items: readonly T[], index: number): T => items[index % items.length]!;

export function statementsOf(edited: Edit, { values, insert, heads }: Subject): string {
  const columns = Object.keys(values);
  switch (edited.kind) {
    case "column": {
      const column = pick(columns, edited.column);
      return `update audit_events set "${column}" = ${pick(values[column]!, edited.value)} where id = 'e${edited.row}'`;
    }
    case "swap-column": {
      const swappable = columns.filter((each) => each !== "id" && each !== "seq");
      const column = pick(swappable, edited.column);
      return `update audit_events a set "${column}" = b."${column}" from audit_events b
        where (a.id = 'e${edited.row}' and b.id = 'e${edited.other}')
           or (a.id = 'e${edited.other}' and b.id = 'e${edited.row}')`;
    }
    case "swap-rows":
      return `update audit_events set id = 'held' where id = 'e${edited.row}';
        update audit_events set id = 'e${edited.row}' where id = 'e${edited.other}';
        update audit_events set id = 'e${edited.other}' where id = 'held'`;
    case "move-text":
      return `update audit_events set actor = split_part(actor, '|', 1), actor_type = split_part(actor, '|', 2) || '|' || actor_type
        where id = 'e${edited.row}'`;
    case "delete":
      return `delete from audit_events where id = 'e${edited.row}'`;
    case "insert":
      return `${insert(edited.row, edited.after, edited.isLast)};
        insert into pg_temp.places select c.row_hash::text, p.place + 0.5 from audit_events c, audit_events e
          join pg_temp.places p on p.row_hash = e.row_hash::text where c.id = 'copy' and e.id = 'e${edited.after}'`;
    case "head":
      return pick(heads, edited.value);
  }
}

const texts = ["''", "'x'", "'ann '", "'User'", "'thing'", "'thing.made'", "'1'", "'|'"];
const times = [
  "'2020-01-01'",
  "'infinity'",
  "'-infinity'",
  "timestamp + '1us'::interval",
  "timestamp - '1us'::interval",
  "'0001-01-01 BC'",
];
const hashes = [
  "sha256('')",
  "'\\x'",
  "null",
  "row_hash",
  "prev_hash",
  "substr(row_hash, 2)",
  "row_hash || '\\x00'",
];
const hexes = [
  "''",
  "'x'",
  "null",
  "row_hash",
  "prev_hash",
  "upper(row_hash)",
  "repeat('0', 64)",
  "left(row_hash, 63)",
];
const details = [
  "null",
  "'null'",
  "'{}'",
  "'[]'",
  "'{\"n\": 77}'",
  "'{\"n\": 1.0}'",
  "'{\"N\": 1}'",
  "'\"x\"'",
];
const shared = {
  id: ["'x'", "id || ' '", "upper(id)"],
  actor: texts,
  actor_type: texts,
  action: texts,
  resource_type: texts,
  resource_id: texts,
  details,
  timestamp: times,
  event_category: texts,
};

const rowHash = `audit_events_row_hash(prev_hash, seq, id, timestamp, actor, actor_type, action,
  resource_type, resource_id, event_category, recorded_at, recorded_by, details_hash)`;

export const custodySubject: Subject = {
  kind: custodyKind,
  values: {
    ...shared,
    recorded_at: times,
    recorded_by: texts,
    details_salt: hashes,
    details_hash: hashes.filter((each) => each !== "null"),
    seq: ["null", "seq + 100", "0", "-1", "-seq"],
    prev_hash: hashes,
    row_hash: hashes,
  },
  insert: (from, after, isLast) => `
        insert into audit_events select 'copy', actor, actor_type, action, resource_type, resource_id, details, timestamp, event_category,
          recorded_at, recorded_by, details_salt, details_hash, ${isLast ? "(select max(seq) + 1 from audit_events)" : "null"}, (select row_hash from audit_events where id = 'e${after}'), null
          from audit_events where id = 'e${from}';
        update audit_events set row_hash = ${rowHash} where id = 'copy'`,
  heads: [
    "delete from audit_chain_head",
    "update audit_chain_head set seq = seq - 1",
    "update audit_chain_head set seq = -seq",
    "update audit_chain_head set row_hash = ''",
    "update audit_chain_head set row_hash = upper(row_hash) where row_hash ~ '[a-f]'",
    "update audit_chain_head set chain_id = gen_random_uuid()",
    `update audit_chain_head set row_hash = coalesce(encode((select row_hash from audit_events where seq = ${size - 1}), 'hex'), '')`,
  ],
  protectedText: "e::text",
};

export const certctlSubject: Subject = {
  kind: certctlKind,
  values: { ...shared, prev_hash: hexes, row_hash: hexes },
  insert: (from, after, isLast) => `
        insert into audit_events select 'copy', actor, actor_type, action, resource_type, resource_id, details,
          ${isLast ? "clock_timestamp()" : "timestamp"}, event_category, (select row_hash from audit_events where id = 'e${after}'), null
          from audit_events where id = 'e${from}';
        update audit_events e set row_hash = certctl_hash(e) where id = 'copy'`,
  heads: [
    "delete from audit_chain_head",
    "update audit_chain_head set row_hash = ''",
    "update audit_chain_head set id = 2",
  ],
  // NULL and the empty text are hashed alike, and so is a text that moves across the bar.
  protectedText:
    "concat(coalesce(certctl_hash(e), 'none'), ' ', e.prev_hash, ' ', coalesce(e.row_hash, 'none'))",
};
