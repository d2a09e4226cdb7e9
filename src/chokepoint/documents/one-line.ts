import { z } from "zod";
import { plainLine } from "../../run/unprintable.ts";

/**
 * What a request says to people, or by which it names something: one line, of what they see. Whoever reads it later reads it in a
 * terminal, and decides by it.
 */
export function oneLine(longest: number): z.ZodString {
  return lineOrNothing(longest).min(1);
}

export function lineOrNothing(longest: number): z.ZodString {
  return z.string().max(longest).regex(plainLine, {
    error:
      "holds control characters, line breaks, or characters that reorder a line (U+202A–202E, U+2066–2069)",
  });
}
