import { entryLabel } from "./archive.ts";
import { createBlockWalker } from "./custom-blocks.ts";
import type { BlockSummary } from "./custom-blocks.ts";
import type { Part } from "./parts.ts";
import { createTocReader, explainToc, foundIn } from "./toc-reader.ts";
import type { Toc } from "./toc.ts";
import { cutOff, unreadable } from "./unreadable.ts";

/** An archive of format custom, from its bytes, cut anywhere: table of contents, then every data block. */
export function createCustomPart(path: string, modified: Date): Part {
  const reader = createTocReader(path);
  let walker: ReturnType<typeof createBlockWalker> | null = null;
  const walk = (chunk: Buffer): void => {
    try {
      walker?.push(chunk);
    } catch (error) {
      throw explainToc(error, path);
    }
  };
  return {
    push(chunk) {
      if (walker !== null) return walk(chunk);
      const rest = reader.push(chunk);
      if (rest === null) return;
      walker = createBlockWalker(reader.finish().head.intSize);
      walk(rest);
    },
    finish() {
      const toc = reader.finish();
      if (walker === null) throw cutOff(path, "in the middle of its table of contents");
      checkBlocks(path, toc, walker.finish());
      return foundIn(toc, "custom", modified);
    },
  };
}

function checkBlocks(path: string, toc: Toc, blocks: BlockSummary): void {
  const byId = new Map(toc.entries.map((entry) => [entry.dumpId, entry]));
  if (!blocks.endsCleanly) {
    const entry = blocks.openBlock === null ? undefined : byId.get(blocks.openBlock);
    throw cutOff(path, `in the middle of ${entry === undefined ? "a data block" : entryLabel(entry)}`);
  }
  const missing = toc.entries.filter((entry) => entry.hasData && !blocks.complete.has(entry.dumpId));
  const [first] = missing;
  if (first !== undefined) {
    throw cutOff(
      path,
      `before ${entryLabel(first)}${missing.length > 1 ? ` and ${missing.length - 1} more` : ""}`,
    );
  }
  const stray = [...blocks.complete].find((id) => !byId.has(id));
  if (stray !== undefined)
    throw unreadable(path, `data of entry ${stray}, which its table of contents does not hold`);
}
