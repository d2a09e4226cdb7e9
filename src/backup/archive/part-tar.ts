import { entryLabel } from "./archive.ts";
import type { ArchiveEntry } from "./archive.ts";
import type { Part } from "./parts.ts";
import { createTarReader } from "./tar-members.ts";
import { createTocReader, explainToc, foundIn } from "./toc-reader.ts";
import { cutOff } from "./unreadable.ts";

/** An archive of format tar, from its bytes, cut anywhere. */
export function createTarPart(path: string, modified: Date): Part {
  const toc = createTocReader(path);
  let isRead = false;
  const tar = createTarReader((member, bytes) => {
    if (member.name !== "toc.dat" || isRead) return;
    isRead = toc.push(Buffer.from(bytes)) !== null;
  });
  return {
    push(chunk) {
      try {
        tar.push(chunk);
      } catch (error) {
        throw explainToc(error, path);
      }
    },
    finish() {
      const { members, openMember, isClosed } = tar.finish();
      if (openMember !== null) throw cutOff(path, `in the middle of its member ${openMember}`);
      const contents = toc.finish();
      const names = new Set(members.map(({ name }) => name));
      // The list of large objects is `blobs.toc` before version 1.16, whatever the entry says.
      const isThere = ({ desc, fileName }: ArchiveEntry): boolean =>
        fileName === null || names.has(fileName) || (desc === "BLOBS" && names.has("blobs.toc"));
      const missing = contents.entries.find((entry) => !isThere(entry));
      if (missing !== undefined)
        throw cutOff(path, `before ${entryLabel(missing)} (member ${missing.fileName ?? ""})`);
      if (!isClosed) throw cutOff(path, "before the end mark of the tar file");
      return foundIn(contents, "tar", modified);
    },
  };
}
