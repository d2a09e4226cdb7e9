import type { TombstoneContents } from "../backend.ts";
import type { Drop, TombstoneFacts } from "../drop.ts";
import { recordStep } from "../record-step.ts";
import { requireSameClock } from "../require-same-clock.ts";
import { orUnproved, unproved } from "./or-unproved.ts";
import { readPlan } from "./run.ts";
import type { Run } from "./run.ts";

/** `fenced` → `tombstoned`, `completed` where the policy keeps the fence alone, or `unproved`. The answer was given before. */
export async function makeTombstone(drop: Drop, run: Run): Promise<Drop> {
  const { ports, target, signal } = run;
  if (drop.plan?.terms.mode === "soft") {
    await requireSameClock(ports);
    return await complete(drop, run);
  }
  // A target that is away, or that another drop of these names holds, is waited for: it says nothing of the tombstone.
  const held = await run.hold();
  return await orUnproved(drop, run, async () => {
    const plan = await readPlan(drop, ports);
    const folder = await ports.tombstones.prepare(target.policy, drop.dropId);
    const made = await held.makeTombstone(plan, folder, () => undefined, signal);
    const tombstone = factsOf(made, folder, ports.now());
    return await recordStep(
      drop,
      {
        to: "tombstoned",
        change: { tombstone, claim: "keep" },
        event: {
          action: "drop.tombstoned",
          details: { bytes: made.bytes, fingerprint: made.fingerprint, contents: made.contents },
        },
      },
      ports,
    );
  });
}

/** `tombstoned` → `proved` or `unproved`: restored somewhere harmless, and compared. */
export async function proveTombstone(drop: Drop, run: Run): Promise<Drop> {
  const { ports, signal } = run;
  const { tombstone } = drop;
  if (tombstone === null) throw new Error(`drop ${drop.dropId} is tombstoned and has no tombstone`);
  const held = await run.hold();
  return await orUnproved(drop, run, async () => {
    const plan = await readPlan(drop, ports);
    const { folder, fingerprint } = tombstone;
    const proof = await held.proveTombstone(plan, folder, () => undefined, signal, fingerprint);
    if (!proof.isEqual) return await unproved(drop, summarize(proof.differences), run);
    return await recordStep(
      drop,
      {
        to: "proved",
        change: { tombstone: { ...tombstone, provedAt: ports.now() }, attempts: 0, claim: "keep" },
        event: {
          action: "drop.proved",
          details: {
            fingerprint: tombstone.fingerprint,
            seconds: proof.seconds,
            proof: proof.how ?? "restored",
          },
        },
      },
      ports,
    );
  });
}

/** `proved` → `completed`: encrypted to whoever may read it. */
export async function sealTombstone(drop: Drop, run: Run): Promise<Drop> {
  const { ports, target } = run;
  const { tombstone } = drop;
  if (tombstone === null) throw new Error(`drop ${drop.dropId} is proved and has no tombstone`);
  await requireSameClock(ports);
  return await orUnproved(drop, run, async () => {
    const { recipients } = target.policy.tombstone;
    if (recipients.length > 0) await ports.tombstones.encrypt(tombstone.folder, recipients);
    const contents = { ...tombstone.contents, files_sha256: await ports.tombstones.digest(tombstone.folder) };
    return await complete(drop, run, { ...tombstone, contents, isEncrypted: recipients.length > 0 });
  });
}

async function complete(drop: Drop, run: Run, tombstone: TombstoneFacts | null = null): Promise<Drop> {
  const { ports, target } = run;
  const { retentionMs, keepMs } = (await readPlan(drop, ports)).terms;
  const from = (drop.fencedAt ?? ports.now()).getTime();
  // What cannot be fenced is reachable until it is destroyed: nothing is gained by waiting.
  const purgeAt = new Date(target.backend.hasFence ? from + retentionMs : from);
  const tombstoneUntil = tombstone === null ? null : new Date(from + keepMs);
  return await recordStep(
    drop,
    {
      to: "completed",
      change: {
        outcome: "ok",
        finishedAt: ports.now(),
        purgeAt,
        tombstoneUntil,
        claim: "release",
        ...(tombstone === null ? {} : { tombstone }),
      },
      event: {
        action: "drop.completed",
        details: {
          outcome: "ok",
          destroyed: false,
          purge_at: purgeAt.toISOString(),
          tombstone_until: tombstoneUntil?.toISOString() ?? null,
          encrypted: tombstone?.isEncrypted ?? false,
          ...(tombstone === null ? {} : { files_sha256: tombstone.contents["files_sha256"] ?? null }),
        },
      },
    },
    ports,
  );
}

function factsOf(made: TombstoneContents, folder: string, madeAt: Date): TombstoneFacts {
  return { ...made, folder, madeAt, provedAt: null, isEncrypted: false };
}

const mostDifferences = 10;

function summarize(differences: readonly string[]): string {
  const shown = differences.slice(0, mostDifferences).join("; ");
  const more = differences.length - mostDifferences;
  return more > 0 ? `${shown}; and ${more} more` : shown;
}
