import type {
  FenceSource,
  ProofFacts,
  TombstoneSource,
  Undone,
  UndoOptions,
  UndoSource,
} from "../../backend.ts";
import type { FencePlan } from "../../drop.ts";
import { OpsError } from "../../../errors.ts";
import { isSameLine, mayReach, readAclLine, restateLine, saveUsers, setUser } from "./acl-line.ts";
import { compareKeys, compareSum, restoreKeys } from "./restore-keys.ts";
import type { Hold } from "./hold.ts";
import { refusePrefix, undoPrefix } from "./key-names.ts";
import { readMark, readPlan, setLast, setMark } from "./marks.ts";
import type { Mark, RedisPlan } from "./marks.ts";
import { moveKeys, removeKeys } from "./move-keys.ts";
import { countKeys, hasKeys } from "./scan-keys.ts";
import { openTombstone } from "./tombstone-files.ts";

/** The names that the resource gets. */
interface Wanted {
  readonly user: string | null;
  readonly prefix: string | null;
  readonly line: string | null;
}

/**
 * `as` is a user's name, or a prefix (it ends with a colon), or both with a blank between. With another prefix the user's patterns are
 * restated. Keys come first and are compared, the user comes last: nobody is let at what is not whole.
 */
export async function undo(
  hold: Hold,
  recorded: FencePlan,
  from: UndoSource,
  options: UndoOptions,
): Promise<Undone> {
  const plan = readPlan(recorded);
  const wanted = wantedNames(plan, options.as);
  const { mark, prefix } = await readMark(hold.control, plan.fenceId);
  const names = {
    ...(wanted.user === null ? {} : { user: wanted.user }),
    ...(wanted.prefix === null ? {} : { keys: wanted.prefix }),
  };
  if (mark === "undone") {
    await saveUsers(hold.control);
    return { names, proof: null, notes: ["an attempt that was cut off had brought it back"] };
  }
  if ((mark === "undoing" || mark === "returning") && prefix !== wanted.prefix)
    throw badName(options.as ?? "", `some of its keys are back under ${prefix ?? ""} already`);
  const isAgain = mark === "undoing" || mark === "returning" || (mark === "fencing" && options.as === null);
  await requireFree(hold, wanted, { isAgain });
  if (from.kind === "fence") await beginFromFence(hold, plan, mark, wanted);
  else if (mark !== "returning") await hold.control.ask(setMark(plan.fenceId, "restoring", wanted.prefix));
  const proof =
    from.kind === "fence"
      ? await fromFence(hold, plan, wanted, from, options)
      : await fromTombstone(hold, plan, wanted, from, { ...options, isCompared: mark === "returning" });
  const during = from.kind === "fence" ? "undoing" : wanted.prefix === null ? "restoring" : "returning";
  const isSame = wanted.user === plan.user && wanted.prefix === plan.prefix;
  const isUserEqual = await giveBack(hold, plan, wanted, { isSame, during });
  return {
    names,
    proof,
    notes: [
      ...(mark === "returning" ? ["it was compared by an attempt that was cut off"] : []),
      ...(proof?.isEqual === false ? proof.differences : []),
      ...(isUserEqual
        ? []
        : ["the ACL line reads otherwise than it was written: compare ACL LIST with the ledger's"]),
      ...(wanted.line !== null && wanted.prefix !== plan.prefix && mayReach(wanted.line, plan.prefix ?? "")
        ? [`the user can still reach keys under ${plan.prefix ?? ""}: its patterns are wider than the prefix`]
        : []),
      ...(from.kind === "tombstone" && (await hasKeys(hold.work, plan.fencePrefix))
        ? [`the fenced keys are still there, under ${plan.fencePrefix}`]
        : []),
    ],
  };
}

/** User and mark in one transaction: from then on the keys may change, and nobody compares them again. */
async function giveBack(
  { control }: Hold,
  plan: RedisPlan,
  wanted: Wanted,
  { isSame, during }: { readonly isSame: boolean; readonly during: Mark },
): Promise<boolean> {
  const { line } = wanted;
  const over = [...(isSame ? setLast(plan, "before") : []), setMark(plan.fenceId, "undone")];
  if (line === null) {
    await control.transact(over);
    return true;
  }
  // Comparing took a while.
  const there = await readAclLine(control, wanted.user ?? "");
  if (there !== null && !isSameLine(there, line)) throw inUse(`there is a user ${wanted.user ?? ""}`);
  try {
    await control.transact([...(there === null ? [setUser(line)] : []), ...over]);
  } catch (error) {
    // A transaction goes on after an error: the mark is set although the user is not there.
    await control.ask(setMark(plan.fenceId, during, wanted.prefix));
    throw error;
  }
  await saveUsers(control);
  return isSameLine((await readAclLine(control, wanted.user ?? "")) ?? "", line);
}

function wantedNames(plan: RedisPlan, as: string | null): Wanted {
  const words = as === null ? [] : as.split(" ").filter((word) => word !== "");
  const prefixes = words.filter((word) => word.endsWith(":"));
  const users = words.filter((word) => !word.endsWith(":"));
  if (prefixes.length > 1 || users.length > 1)
    throw badName(as ?? "", "it names more than a user and a prefix");
  const [prefix = plan.prefix] = prefixes;
  const [user = plan.user] = users;
  const hasUser = plan.line !== null;
  if (users.length > 0 && !hasUser) throw badName(as ?? "", "there was no user");
  if (prefixes.length > 0 && plan.prefix === null) throw badName(as ?? "", "there was no prefix");
  const why = prefix === null ? null : refusePrefix(prefix);
  if (why !== null) throw badName(as ?? "", why);
  if (user === "default") throw badName(as ?? "", "default is the server's own user");
  return {
    user: hasUser ? user : null,
    prefix,
    line:
      plan.line === null || user === null
        ? null
        : restateLine(plan.line, {
            user,
            prefix:
              plan.prefix === null || prefix === null || prefix === plan.prefix
                ? null
                : { from: plan.prefix, to: prefix },
          }),
  };
}

function badName(as: string, why: string): OpsError {
  return new OpsError(
    "bad-input",
    `it cannot come back as ${JSON.stringify(as)}: ${why}`,
    "write NAME, PREFIX: or both with a blank between",
  );
}

/** What this very undo brought back before it was cut off is in nobody's way. */
async function requireFree(
  { control, work }: Hold,
  wanted: Wanted,
  { isAgain }: { readonly isAgain: boolean },
): Promise<void> {
  if (wanted.user !== null) {
    const there = await readAclLine(control, wanted.user);
    if (there !== null && !(isAgain && isSameLine(there, wanted.line ?? "")))
      throw inUse(`there is a user ${wanted.user}`);
  }
  if (wanted.prefix === null || isAgain) return;
  const keys = await countKeys(work, wanted.prefix);
  if (keys > 0) throw inUse(`there are ${keys} keys under ${wanted.prefix}`);
}

function inUse(what: string): OpsError {
  return new OpsError(
    "name-in-use",
    `${what}: the name is somebody's by now`,
    "undo it as another name: --as 'USER PREFIX:'",
  );
}

/** What an undo from the tombstone left beside is of no use. */
async function beginFromFence(
  { control, work }: Hold,
  plan: RedisPlan,
  mark: Mark | null,
  wanted: Wanted,
): Promise<void> {
  if (mark === "returning")
    throw inUse("an undo from the tombstone has begun to give the keys their names: it has to be finished");
  if (mark === "restoring") await removeKeys(work, undoPrefix(plan.fenceId));
  await control.ask(setMark(plan.fenceId, "undoing", wanted.prefix));
}

async function fromFence(
  { work }: Hold,
  plan: RedisPlan,
  wanted: Wanted,
  { folder, fingerprint }: FenceSource,
  { progress, signal }: UndoOptions,
): Promise<ProofFacts | null> {
  if (wanted.prefix === null) return null;
  let proof: ProofFacts | null = null;
  // An undo that was cut off may have given some keys their names already: those are compared under them.
  const read = { places: [plan.fencePrefix, wanted.prefix], restated: plan.prefix ?? "", signal };
  if (folder === null && fingerprint !== undefined) proof = await compareSum(work, fingerprint, read);
  if (folder !== null) {
    proof = await compareKeys(work, await openTombstone(folder, fingerprint), read);
    requireEqual(
      proof,
      "what is behind the fence is not what its tombstone holds",
      "undo it from the tombstone",
    );
  }
  const inTheWay = await moveKeys(work, plan.fencePrefix, wanted.prefix, (done) => progress(done));
  if (inTheWay > 0) throw inUse(`${inTheWay} keys under ${wanted.prefix} have come meanwhile`);
  return proof;
}

/**
 * Restored beside and compared there: a key gets its name only when all of them are whole. What an attempt that was cut off had restored is
 * read again; what it had compared is on its way.
 */
async function fromTombstone(
  { control, work }: Hold,
  plan: RedisPlan,
  wanted: Wanted,
  { folder, fingerprint }: TombstoneSource,
  { progress, signal, isCompared }: UndoOptions & { readonly isCompared: boolean },
): Promise<ProofFacts | null> {
  const tombstone = await openTombstone(folder, fingerprint);
  if (wanted.prefix === null) return null;
  const restated = plan.prefix ?? "";
  const beside = undoPrefix(plan.fenceId) + restated;
  let proof: ProofFacts | null = null;
  if (!isCompared) {
    await restoreKeys(work, tombstone, { from: restated, to: beside, progress, signal });
    proof = await compareKeys(work, tombstone, { places: [beside], restated, signal });
    if (!proof.isEqual) await removeKeys(work, beside);
    requireEqual(
      proof,
      "what was restored is not what the tombstone holds",
      "look at what differs, and try again",
    );
    await control.ask(setMark(plan.fenceId, "returning", wanted.prefix));
  }
  const inTheWay = await moveKeys(work, beside, wanted.prefix, () => undefined);
  if (inTheWay > 0) throw inUse(`${inTheWay} keys under ${wanted.prefix} have come meanwhile`);
  return proof;
}

function requireEqual(proof: ProofFacts, what: string, hint: string): void {
  if (!proof.isEqual) throw new OpsError("server-error", `${what}: ${proof.differences.join("; ")}`, hint);
}
