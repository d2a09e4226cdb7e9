import { createMerkleFrontier, leafOf } from "../../src/audit/merkle/frontier.ts";
import type { Session } from "../../src/postgres/session.ts";

/** Prunes the first `size` rows of a chain as its owner, as a verified and exported beginning would be. */
export async function pruneChain(owner: Session, size: number): Promise<void> {
  const tree = createMerkleFrontier();
  for (const row of await owner.sql`select row_hash from public.audit_events where seq <= ${size} order by seq`)
    tree.push(leafOf(row["row_hash"]));
  const nodes = tree.nodes().map((each) => `'\\x${Buffer.from(each).toString("hex")}'::bytea`);
  await owner.sql.unsafe(
    `select public.audit_chain_prune(${size}, array[${nodes.join(", ")}], sha256('an archive'))`,
  );
}
