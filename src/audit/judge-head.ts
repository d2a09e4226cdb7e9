import type { Session } from "../postgres/session.ts";
import { quoteIdentifier } from "../postgres/identifiers.ts";
import { relationName } from "./find-chain.ts";
import type { ChainPlace } from "./find-chain.ts";
import type { FindingCollector } from "./finding.ts";
import type { ChainHead } from "./read-base.ts";
import { toHex } from "../run/sha256.ts";
import type { Walk } from "./walk.ts";

interface HeadContext {
  readonly heads: readonly ChainHead[];
  readonly walk: Walk;
  readonly base: { readonly size: number; readonly rowHash: Uint8Array } | null;
  readonly findings: FindingCollector;
}

/** Compares the head with the newest row of the same snapshot: they are equal exactly, whatever else is written. */
export async function judgeHead(session: Session, place: ChainPlace, context: HeadContext): Promise<void> {
  const { walk, findings } = context;
  const details = mismatches(context, place.definition.head?.seq !== undefined);
  if (details.length === 0) return;
  const position = Math.max(walk.size() - 1, 0);
  const hash = walk.last()?.hash;
  const id = hash === undefined ? "" : await idOf(session, place, hash);
  for (const detail of details) findings.add({ class: "head-mismatch", position, id, detail });
}

/** `isCounted`: whether the profile's head has a number, which then must not be NULL. */
function mismatches({ heads, walk, base }: HeadContext, isCounted: boolean): readonly string[] {
  const several = heads.length > 1 ? [`there are ${heads.length} heads`] : [];
  const head = heads.find((each) => each.key === "1");
  if (head === undefined) return [...several, "the head is missing"];
  const last = walk.last();
  const hash = last?.hash ?? base?.rowHash ?? null;
  const seq = last?.seq ?? base?.size ?? 0;
  const isHashRight =
    hash === null ? head.rowHash === "" : [hash, ...walk.ends()].some((each) => toHex(each) === head.rowHash);
  const isSeqRight = !isCounted || head.seq === seq;
  if (isHashRight && isSeqRight) return several;
  const newest = describe(isCounted ? seq : null, hash === null ? "" : toHex(hash));
  return [...several, `the head is ${describe(head.seq, head.rowHash)}, the newest row ${newest}`];
}

/** The id of the row with a hash; "" when that hash is not stored but was computed. */
async function idOf(session: Session, place: ChainPlace, hash: Uint8Array): Promise<string> {
  const { columns, table, hash_encoding: encoding } = place.definition;
  const [row] = await session.sql.unsafe<{ id: string }[]>(
    `select t.${quoteIdentifier(columns.id)}::text as id from only ${relationName(place, table)} t
      where t.${quoteIdentifier(columns.row_hash)} = ${encoding === "bytes" ? "decode($1::text, 'hex')" : "$1::text"} limit 1`,
    [toHex(hash)],
  );
  return row?.id ?? "";
}

function describe(seq: number | null, hash: string): string {
  const shown = hash === "" ? "none" : `${hash.slice(0, 16)}…`;
  return seq === null ? shown : `seq ${seq}, ${shown}`;
}
