import { OpsError } from "../errors.ts";
import { bundleFolders } from "./check-bundle/adapters/bundle-folder.ts";
import { runCheckBundle } from "./check-bundle/run.ts";

/**
 * Verifies an archive as `chain check-bundle` would, from what is on disk. Throws `archive-unsound` for findings, and what
 * checking throws where it cannot be done.
 */
export async function checkArchive(
  folder: string,
  given: { readonly publicKeys: readonly string[]; readonly policy: string | null },
  world: { readonly cwd: string; readonly signal: AbortSignal },
  onProgress: (rows: number, total?: number) => void,
): Promise<void> {
  const input = { ...given, folder, profile: null, isUnsignedAllowed: true, limitFindings: 1 };
  const facts = runCheckBundle(input, bundleFolders(world), world.signal);
  const found: string[] = [];
  for (;;) {
    const next = await facts.next();
    if (next.done === true) {
      if (next.value === "clean") return;
      throw new OpsError(
        "archive-unsound",
        `the archive ${folder} is not what was written: ${found[0] ?? next.value}`,
        "nothing was removed, and the archive is gone: see to the disk, and prune again",
      );
    }
    const { value } = next;
    if (value.type === "finding-made") found.push(`${value.finding.class}: ${value.finding.detail}`);
    if (value.type === "step-progressed" && value.unit === "rows") onProgress(value.done, value.total);
  }
}
