import type { Session } from "../postgres/connect.ts";
import { quoteIdentifier } from "../postgres/identifiers.ts";
import { relationName } from "./find-chain.ts";
import type { ChainPlace } from "./find-chain.ts";
import type { FindingCollector } from "./finding.ts";
import { toHex } from "../run/sha256.ts";
import type { BrokenLink } from "./walk.ts";

/** Says of each broken link what it is: a second beginning, a second row after one that is there, or a missing row. */
export async function judgeLinks(
  session: Session,
  place: ChainPlace,
  links: readonly BrokenLink[],
  findings: FindingCollector,
): Promise<void> {
  const wanted = wantedHashes(links);
  const known = wanted.length === 0 ? new Set<string>() : await knownHashes(session, place, wanted);
  reportLinks(links, known, findings);
}

/** The hashes, hex, of which it must be known whether any row has them. */
export function wantedHashes(links: readonly BrokenLink[]): readonly string[] {
  return [...new Set(links.flatMap((each) => (each.previous === null ? [] : [toHex(each.previous)])))];
}

/** `known`: those of the wanted hashes that a row has. */
export function reportLinks(
  links: readonly BrokenLink[],
  known: ReadonlySet<string>,
  findings: FindingCollector,
): void {
  for (const { position, id, previous, isGenesis, detail } of links) {
    const isFork = previous !== null && known.has(toHex(previous));
    findings.add({
      class: isGenesis ? "extra-genesis" : isFork ? "fork" : "missing",
      position,
      id,
      detail: isFork ? `${detail}, but to another one` : isGenesis ? detail : `${detail}, nor to any other`,
    });
  }
}

async function knownHashes(
  session: Session,
  place: ChainPlace,
  wanted: readonly string[],
): Promise<Set<string>> {
  const { definition } = place;
  const column = `t.${quoteIdentifier(definition.columns.row_hash)}`;
  const isBytes = definition.hash_encoding === "bytes";
  const rows = await session.sql.unsafe<{ hash: string }[]>(
    `select ${isBytes ? `encode(${column}, 'hex')` : column} as hash from only ${relationName(place, definition.table)} t
      where ${column} in (select ${isBytes ? "decode(each, 'hex')" : "each"}
                            from json_array_elements_text($1::text::json) as wanted (each))`,
    [JSON.stringify(wanted)],
  );
  return new Set(rows.map((row) => row.hash));
}
