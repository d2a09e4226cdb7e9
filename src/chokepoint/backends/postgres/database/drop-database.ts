import { setTimeout as pause } from "node:timers/promises";
import { quoteIdentifier } from "../../../../postgres/identifiers.ts";
import { serverErrorOf } from "../../../../postgres/explain-error.ts";
import { endAllSessions, whileEnding } from "../end-sessions.ts";
import type { Hold } from "../hold.ts";
import { explainRefusal } from "../refusal.ts";
import { TargetRefused } from "../../../target-refusal.ts";
import { refusal } from "../refusal.ts";
import type { Saved, SavedDatabase } from "../saved.ts";
import { inTransaction } from "../transaction.ts";
import { fenceDatabase } from "./fence-database.ts";
import { readDatabase } from "./save-database.ts";

const tries = 3;
const pauseMs = 500;
const sessionsTimeoutMs = 5000;

/**
 * The real destruction. One that bears its old name still is fenced first, which binds the name to the oid; then, as the provisioner does
 * it: nobody may connect, sessions are ended, `DROP DATABASE … WITH (FORCE)`, three times, 500 ms apart, only where it is in use.
 */
export async function dropDatabase(
  hold: Hold,
  saved: SavedDatabase,
  fence: Pick<Saved, "custody" | "fenceLimit"> & { readonly name: string },
): Promise<void> {
  const { session, helper, pids } = hold;
  const before = await readDatabase(session, saved.oid);
  if (before === null) return;
  const whose = { kind: "database", oid: saved.oid } as const;
  if (!before.isInvalid)
    await inTransaction(session, "fencing before the drop", () =>
      fenceDatabase(session, saved, fence, (statement) =>
        whileEnding(
          helper,
          [whose],
          pids,
          session.sql.unsafe(statement).then(() => undefined),
        ),
      ),
    );
  await endAllSessions(helper, whose, pids, { timeoutMs: sessionsTimeoutMs, signal: hold.lost });
  for (let left = tries - 1; ; left -= 1) {
    const failure = await tryDrop(hold, saved, fence.name);
    if (failure === null) return;
    if (left === 0 || serverErrorOf(failure)?.sqlstate !== "55006")
      throw explainRefusal(failure, `dropping the database ${saved.name}`);
    await pause(pauseMs);
  }
}

/** Looks at the oid in the same session right before: a name is never dropped that is another's. */
async function tryDrop({ session }: Hold, saved: SavedDatabase, fenceName: string): Promise<unknown> {
  const now = await readDatabase(session, saved.oid);
  if (now === null) return null;
  const isOurs = now.name === fenceName || (now.isInvalid && now.name === saved.name);
  if (!isOurs)
    throw new TargetRefused(
      refusal("3D000", `database "${saved.name}" is called "${now.name}" by now`, {
        hint: "somebody renamed it: it is not dropped by a name that nobody decided on",
      }),
    );
  try {
    await session.sql.unsafe(`drop database ${quoteIdentifier(now.name)} with (force)`);
    return null;
  } catch (error) {
    return error;
  }
}
