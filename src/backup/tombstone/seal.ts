import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { OpsError } from "../../errors.ts";
import { fileUnreadable } from "../archive/read-chunks.ts";

export const sealFile = "encrypted.json";

/** What age's own program appends. */
export const encryptedSuffix = ".age";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const schema = z.strictObject({
  format: z.literal("custody.encrypted.v1"),
  encryptedAt: z.iso.datetime(),
  /** Public keys. */
  recipients: z.array(z.string()).min(1),
  /** `name`: of the plain file, relative to the folder; `sha256` and `bytes` are the plain file's, `encrypted` the other's. */
  files: z.array(
    z.strictObject({
      name: z.string().refine((name) => !name.startsWith("/") && !name.split("/").includes("..")),
      bytes: z.number().int().nonnegative(),
      sha256,
      encrypted: z.strictObject({ bytes: z.number().int().nonnegative(), sha256 }),
    }),
  ),
});

/** Written when every encrypted file is on disk and was read back: from then on the plain ones are of no use. */
export type Seal = Readonly<z.infer<typeof schema>>;
export type SealedFile = Readonly<Seal["files"][number]>;

export function serializeSeal(seal: Seal): string {
  return `${JSON.stringify(schema.parse(seal), null, 1)}\n`;
}

/** null: the folder is not encrypted, or not yet. Throws `file-unreadable`. */
export async function readSeal(folder: string): Promise<Seal | null> {
  const path = join(folder, sealFile);
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw fileUnreadable(path, error);
  });
  if (text === null) return null;
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new OpsError(
      "file-unreadable",
      `${path} is damaged`,
      "the .age files beside it can still be decrypted by hand: age -d",
      { cause },
    );
  }
}

export async function isEncrypted(folder: string): Promise<boolean> {
  return (await readSeal(folder)) !== null;
}
