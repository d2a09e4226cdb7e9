import { z } from "zod";
import { levelsOf } from "../../audit/merkle/nodes.ts";
import { fromHex, sha256, toHex } from "../../run/sha256.ts";
import type { WatchMemory } from "./memory.ts";

const hash = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .transform((text) => fromHex(text) ?? new Uint8Array(0));
const size = z.int().min(0);
const knownBytes = 64;

const schema = z.strictObject({
  identity: z.strictObject({
    chain_id: z.string().nullable(),
    system_identifier: z.string().nullable(),
    timeline: z.int().nullable(),
  }),
  lsn: z
    .string()
    .regex(/^[0-9A-F]{1,8}\/[0-9A-F]{1,8}$/)
    .nullable(),
  tip: z.strictObject({ size, root: hash }),
  mark: z
    .strictObject({ size, row_hash: hash, frontier: z.array(hash) })
    .refine((mark) => mark.frontier.length === levelsOf(mark.size).length)
    .nullable(),
  table: z
    .strictObject({
      first: size,
      below: z.array(hash),
      /** base64 of root and last row_hash, 64 bytes a block. */
      blocks: z.string().refine((text) => Buffer.from(text, "base64").length % knownBytes === 0),
    })
    .refine((table) => table.below.length === levelsOf(table.first).length)
    .nullable(),
  pass: z.strictObject({ next: size, started_at: z.number() }),
  checkpoints: z.string().regex(/^[0-9a-f]{64}$/),
  acceptances: z
    .array(z.string().regex(/^[0-9a-f]{64}$/))
    .nullable()
    .optional(),
  all_read_since: z.number(),
});

const envelope = z.strictObject({
  v: z.literal(1),
  kind: z.literal("custody chain watch state"),
  /** SHA-256 of the state's JSON, hex: against damage, not against forgers. */
  sha256: z.string(),
  state: z.unknown(),
});

/** The text of a state file. */
export function formatMemory(memory: WatchMemory): string {
  const { identity, lsn, tip, mark, table, pass } = memory;
  const state: z.input<typeof schema> = {
    identity: {
      chain_id: identity.chainId,
      system_identifier: identity.systemIdentifier,
      timeline: identity.timeline,
    },
    lsn,
    tip: { size: tip.size, root: toHex(tip.root) },
    mark: mark && { size: mark.size, row_hash: toHex(mark.rowHash), frontier: mark.frontier.map(toHex) },
    table: table && {
      first: table.first,
      below: table.below.map(toHex),
      blocks: Buffer.concat(table.blocks.flatMap((each) => [each.root, each.lastHash])).toString("base64"),
    },
    pass: { next: pass.next, started_at: pass.startedAt },
    checkpoints: memory.checkpoints,
    acceptances: memory.acceptances === null ? null : [...memory.acceptances],
    all_read_since: memory.allReadSince,
  };
  const digest = digestOf(state);
  return `${JSON.stringify({ v: 1, kind: "custody chain watch state", sha256: digest, state })}\n`;
}

/** What a state file says, or why it says nothing. */
export function parseMemory(text: string): WatchMemory | string {
  const outer = envelope.safeParse(parseJson(text));
  if (!outer.success) return "it is no state of a watch, or of a version that this custody does not know";
  if (digestOf(outer.data.state) !== outer.data.sha256) return "its SHA-256 is not that of its content";
  const parsed = schema.safeParse(outer.data.state);
  if (!parsed.success) return "a field of it has no value that it can have";
  const { identity, lsn, tip, mark, table, pass } = parsed.data;
  return {
    identity: {
      chainId: identity.chain_id,
      systemIdentifier: identity.system_identifier,
      timeline: identity.timeline,
    },
    lsn,
    tip,
    mark: mark && { size: mark.size, rowHash: mark.row_hash, frontier: mark.frontier },
    table: table && { first: table.first, below: table.below, blocks: readBlocks(table.blocks) },
    pass: { next: pass.next, startedAt: pass.started_at },
    checkpoints: parsed.data.checkpoints,
    acceptances: parsed.data.acceptances ?? null,
    allReadSince: parsed.data.all_read_since,
  };
}

function readBlocks(text: string): readonly { readonly root: Uint8Array; readonly lastHash: Uint8Array }[] {
  const bytes = new Uint8Array(Buffer.from(text, "base64"));
  return Array.from({ length: bytes.length / knownBytes }, (_, index) => {
    const at = index * knownBytes;
    return { root: bytes.slice(at, at + 32), lastHash: bytes.slice(at + 32, at + knownBytes) };
  });
}

function digestOf(state: unknown): string {
  return toHex(sha256(Buffer.from(JSON.stringify(state), "utf8")));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No JSON is no state either: the schema says so.
    return undefined;
  }
}
