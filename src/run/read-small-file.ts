import { open } from "node:fs/promises";

const mostBytes = 8 * 1024 * 1024;

/**
 * Reads a file that somebody named and that should be small, such as a key or a checkpoint. Throws what opening throws, and an
 * error of code `EFBIG` for one beyond 8 MiB, of which no more is read, be it endless.
 */
export async function readSmallFile(path: string): Promise<Buffer> {
  await using file = await open(path, "r");
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const chunk = new Uint8Array(65_536);
    const { bytesRead } = await file.read(chunk, 0, chunk.length, null);
    if (bytesRead === 0) return Buffer.concat(chunks);
    chunks.push(chunk.subarray(0, bytesRead));
    length += bytesRead;
    if (length > mostBytes) {
      throw Object.assign(new Error("it is larger than 8 MiB"), { code: "EFBIG" });
    }
  }
}
