import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { writeHashed } from "../../../../backup/dump-file.ts";
import { fileUnreadable } from "../../../../backup/archive/read-chunks.ts";
import { openDraftFolder } from "../../../../backup/tombstone/folder.ts";
import { OpsError } from "../../../../errors.ts";
import type { ProofFacts, TombstoneContents } from "../../../backend.ts";
import type { FencePlan } from "../../../drop.ts";
import { readSaved, readSecret, savedRole, savedSecret } from "../saved.ts";
import type { SavedRole, Secret } from "../saved.ts";

/** Holds the verifier: encrypted where there are recipients, as every file but the marker is. */
const roleFile = "role.json";
const markerFile = "tombstone.json";

const contents = z.strictObject({
  format: z.literal("custody.role.v1"),
  role: savedRole,
  secret: savedSecret.nullable(),
});

const marker = z.strictObject({
  format: z.literal("custody.role-tombstone.v1"),
  file: z.strictObject({ name: z.literal(roleFile), bytes: z.int(), sha256: z.string() }),
});

/** A role has no dump: its tombstone is what the plan saved, written down beside those of databases. Left as it is where it is whole. */
export async function makeRoleTombstone(plan: FencePlan, folder: string): Promise<TombstoneContents> {
  const { role } = readSaved(plan);
  if (role === null) throw new Error("a tombstone of a role without a role");
  const secret = readSecret(plan);
  const text = `${JSON.stringify(contents.parse({ format: "custody.role.v1", role, secret }), null, 1)}\n`;
  const facts = { bytes: Buffer.byteLength(text), sha256: sha256(text) };
  if (!(await isWhole(folder, facts.sha256))) {
    await using draft = await openDraftFolder(folder);
    await writeHashed(onePiece(text), join(draft.path, roleFile), { sync: true });
    const mark = marker.parse({ format: "custody.role-tombstone.v1", file: { name: roleFile, ...facts } });
    await writeHashed(onePiece(`${JSON.stringify(mark, null, 1)}\n`), join(draft.path, markerFile), {
      sync: true,
    });
    await draft.commit();
  }
  const { memberships, settings, databaseSettings } = role;
  return {
    bytes: facts.bytes,
    fingerprint: facts.sha256,
    contents: {
      memberships: memberships.length,
      settings: settings.length + databaseSettings.length,
      password: secret === null ? "unreadable" : secret.verifier === null ? "none" : "kept",
    },
  };
}

/** Reads it back, and compares it with what the plan saved. */
export async function proveRoleTombstone(plan: FencePlan, folder: string): Promise<ProofFacts> {
  const started = performance.now();
  const { role } = readSaved(plan);
  const found = await readRoleTombstone(folder);
  const same = (left: unknown, right: unknown): boolean => JSON.stringify(left) === JSON.stringify(right);
  const differences = [
    ...(found.isAsWritten ? [] : [`${roleFile} is not what was written: its SHA-256 is another`]),
    ...(same(found.role, role) ? [] : ["the role in it is not the one that was saved"]),
    ...(same(found.secret, readSecret(plan)) ? [] : ["the password in it is not the one that was saved"]),
  ];
  return { isEqual: differences.length === 0, differences, seconds: (performance.now() - started) / 1000 };
}

/** `sha256`: of the file as it lies there. Throws `file-unreadable`. */
export async function readRoleTombstone(folder: string): Promise<{
  readonly role: SavedRole;
  readonly secret: Secret | null;
  readonly sha256: string;
  readonly isAsWritten: boolean;
}> {
  const text = await readText(join(folder, roleFile));
  const mark = marker.safeParse(parseJson(await readText(join(folder, markerFile))));
  const parsed = contents.safeParse(parseJson(text));
  if (!mark.success || !parsed.success)
    throw new OpsError(
      "file-unreadable",
      `${folder} holds no tombstone of a role, or a damaged one`,
      "fetch the folder from a copy of it",
    );
  const { role, secret } = parsed.data;
  const digest = sha256(text);
  return { role, secret, sha256: digest, isAsWritten: digest === mark.data.file.sha256 };
}

async function isWhole(folder: string, digest: string): Promise<boolean> {
  const isThere = await stat(join(folder, markerFile)).then(
    () => true,
    () => false,
  );
  if (!isThere) return false;
  const mark = marker.safeParse(parseJson(await readText(join(folder, markerFile))));
  return mark.success && mark.data.file.sha256 === digest;
}

async function readText(path: string): Promise<string> {
  return await readFile(path, "utf8").catch((error: unknown) => {
    throw fileUnreadable(path, error);
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

async function* onePiece(text: string): AsyncGenerator<Uint8Array, void, undefined> {
  yield Buffer.from(text, "utf8");
}
