import type { ChainProfile } from "./profile.ts";

/**
 * The profiles that custody knows without a file, in the order in which a table is tried against them: src/audit/profiles/*.yaml as they
 * are read. Written by test/audit/built-in-profiles.test.ts: to read them at each start would cost a quarter of it.
 */
export const builtInProfiles: readonly ChainProfile[] = [
  {
    name: "custody",
    table: "audit_events",
    order: "seq",
    sort: [],
    columns: {
      id: "id",
      seq: "seq",
      prev_hash: "prev_hash",
      row_hash: "row_hash",
    },
    hash_encoding: "bytes",
    first_prev_hash: "chain-id",
    row: {
      length: "int32",
      fields: [
        {
          literal: "custody.audit.v1",
        },
        {
          column: "prev_hash",
          as: "bytes",
        },
        {
          column: "seq",
          as: "int8",
        },
        {
          column: "id",
          as: "text",
        },
        {
          column: "timestamp",
          as: "micros",
        },
        {
          column: "actor",
          as: "text",
        },
        {
          column: "actor_type",
          as: "text",
        },
        {
          column: "action",
          as: "text",
        },
        {
          column: "resource_type",
          as: "text",
        },
        {
          column: "resource_id",
          as: "text",
        },
        {
          column: "event_category",
          as: "text",
        },
        {
          column: "recorded_at",
          as: "micros",
        },
        {
          column: "recorded_by",
          as: "text",
        },
        {
          column: "details_hash",
          as: "bytes",
        },
      ],
    },
    digest: {
      column: "details_hash",
      erased: ["details_salt", "details"],
      length: "int32",
      fields: [
        {
          literal: "custody.details.v1",
        },
        {
          column: "details_salt",
          as: "bytes",
        },
        {
          column: "details",
          as: "text",
        },
      ],
    },
    rules: "custody-v1",
    head: {
      table: "audit_chain_head",
      key: "id",
      row_hash: "row_hash",
      seq: "seq",
      chain_id: "chain_id",
    },
  },
  {
    name: "certctl",
    table: "audit_events",
    order: "links",
    sort: ["timestamp", "id"],
    columns: {
      id: "id",
      prev_hash: "prev_hash",
      row_hash: "row_hash",
    },
    hash_encoding: "hex",
    first_prev_hash: "null",
    row: {
      separator: "|",
      fields: [
        {
          column: "prev_hash",
          as: "text",
        },
        {
          column: "id",
          as: "text",
        },
        {
          column: "actor",
          as: "text",
        },
        {
          column: "actor_type",
          as: "text",
        },
        {
          column: "action",
          as: "text",
        },
        {
          column: "resource_type",
          as: "text",
        },
        {
          column: "resource_id",
          as: "text",
        },
        {
          column: "details",
          as: "text",
        },
        {
          column: "timestamp",
          as: "utc-micros",
        },
        {
          column: "event_category",
          as: "text",
        },
      ],
    },
    head: {
      table: "audit_chain_head",
      key: "id",
      row_hash: "row_hash",
    },
  },
];
