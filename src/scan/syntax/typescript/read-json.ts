/**
 * A string, a comment, or a comma before a closing bracket. A string is taken whole, so that what looks like a comment in
 * it stays. A block comment ends at its first end: without that, what follows a comma could be read in many ways.
 */
const token =
  /"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|,(?=(?:\s|\/\/[^\n]*\n|\/\*(?:[^*]|\*(?!\/))*\*\/)*[}\]])/g;

/**
 * JSON as people write it in `tsconfig.json`: with comments, and commas after the last item. Null for what is none even
 * so.
 */
export function readJson(text: string): unknown {
  const plain = text
    .replace(/^\uFEFF/, "")
    .replaceAll(token, (found) => (found.startsWith('"') ? found : " "));
  try {
    return JSON.parse(plain);
  } catch {
    return null;
  }
}
