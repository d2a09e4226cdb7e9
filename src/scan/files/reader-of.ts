import type { CodeLanguage } from "../syntax/syntax.ts";
import { carrierNameOf } from "./carrier-name-of.ts";
import type { CarrierName } from "./carrier-name-of.ts";
import { languageOf } from "./language-of.ts";

/** What reads a file: the front-end of a language, or a carrier. */
export type ReadBy =
  | { readonly is: "code"; readonly name: CodeLanguage }
  | { readonly is: "carrier"; readonly name: CarrierName };

/** By a file's name, else by its first line (`head` is its beginning); null where nothing reads it. */
export function readerOf(path: string, head: string): ReadBy | null {
  const language = languageOf(path, head);
  if (language !== null) return { is: "code", name: language };
  const carrier = carrierNameOf(path, head);
  return carrier === null ? null : { is: "carrier", name: carrier };
}
