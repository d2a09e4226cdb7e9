import { findChain } from "../../src/audit/find-chain.ts";
import type { ChainProfile } from "../../src/audit/profile.ts";
import { verifyChain } from "../../src/audit/verify-chain.ts";
import type { ChainVerification, VerifyOptions } from "../../src/audit/verify-chain.ts";
import type { Session } from "../../src/postgres/session.ts";

/** Verifies the session's chain in a snapshot of its own. */
export async function verifyIn(
  session: Session,
  options: VerifyOptions & { readonly profile?: string | ChainProfile } = {},
): Promise<ChainVerification> {
  await session.sql.unsafe("begin isolation level repeatable read read only");
  try {
    const place = await findChain(session, { profile: options.profile });
    if (place === null) throw new Error("there is no chain");
    return await verifyChain(session, place, options);
  } finally {
    await session.sql.unsafe("rollback");
  }
}

/** `class@position` of every finding, in order. */
export function classesOf({ findings }: ChainVerification): readonly string[] {
  return findings.map((each) => `${each.class}@${each.position}`);
}

/** Runs statements as a superuser with the chain's triggers off. */
export async function tamper(admin: Session, statements: string): Promise<void> {
  await admin.sql
    .unsafe(
      `begin; set local session_replication_role = replica; set local search_path = public; ${statements}; commit`,
    )
    .simple();
}
