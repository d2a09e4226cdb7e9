import { open } from "node:fs/promises";

/**
 * Reads a file that somebody named and that should be small, such as a key or a checkpoint. Throws what opening throws, and an
 * error of code `EFBIG` for one beyond `mostMiB`, of which no more is read, be it endless.
 */
export async function readSmallFile(path: string, mostMiB = 8): Promise<Buffer> {
  await using file = await open(path, "r");
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const chunk = new Uint8Array(65_536);
    const { bytesRead } = await file.read(chunk, 0, chunk.length, null);
    if (bytesRead === 0) return Buffer.concat(chunks);
    chunks.push(chunk.subarray(0, bytesRead));
    length += bytesRead;
    if (length > mostMiB * 1024 * 1024) {
      throw Object.assign(new Error(`it is larger than ${mostMiB} MiB`), { code: "EFBIG" });
    }
  }
}
