import { z } from "zod";
import type { DropFilter } from "../chokepoint/ports.ts";
import { Problem } from "./problem.ts";

type Before = NonNullable<DropFilter["before"]>;

const cursorSchema = z.tuple([z.iso.datetime(), z.string().min(1).max(100)]);

/** Where a page ended, as text that only we read. */
export function writeCursor({ at, dropId }: Before): string {
  return Buffer.from(JSON.stringify([at.toISOString(), dropId])).toString("base64url");
}

/** Throws `Problem` for what `writeCursor` never wrote. */
export function readCursor(given: string): Before {
  const parsed = cursorSchema.safeParse(parseJson(Buffer.from(given, "base64url").toString("utf8")));
  if (!parsed.success)
    throw new Problem("bad-cursor", "take `next` of the page before, as it is, for the cursor");
  return { at: new Date(parsed.data[0]), dropId: parsed.data[1] };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No JSON is no cursor either: the schema refuses it.
    return undefined;
  }
}
