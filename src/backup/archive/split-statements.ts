import { decodeText } from "./cursor.ts";
import { createScriptReader } from "./script-reader.ts";

/** The statements of a short script, such as an entry's definition, each with its `;`. */
export function splitStatements(text: string): readonly string[] {
  const statements: string[] = [];
  const reader = createScriptReader((event) => {
    if (event.type === "statement") statements.push(decodeText(event.bytes));
  });
  reader.push(Buffer.from(text, "utf8"));
  reader.finish();
  return statements;
}
