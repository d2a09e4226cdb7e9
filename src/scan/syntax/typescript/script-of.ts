import type { ts } from "ts-morph";
import type { Compiler } from "./reading.ts";

/** The script in a file: as long as the file, so that offsets are those of the file. */
export interface Script {
  /** Null where a file bears the name of a script and is something else. */
  readonly text: string | null;
  readonly kind: ts.ScriptKind;
  readonly isTypeScript: boolean;
}

/** What kind of script a file is by its name; of a component its script blocks, the rest blank. */
export function scriptOf(source: string, path: string, { ScriptKind }: Compiler): Script {
  const extension = path.slice(path.lastIndexOf(".") + 1).toLowerCase();
  switch (extension) {
    case "ts":
    case "mts":
    case "cts":
      // Qt keeps translations in XML files of that name.
      return {
        text: /^\s*<(?:\?xml|!DOCTYPE TS)/.test(source) ? null : source,
        kind: ScriptKind.TS,
        isTypeScript: true,
      };
    case "tsx":
      return { text: source, kind: ScriptKind.TSX, isTypeScript: true };
    case "vue":
    case "svelte":
    case "html":
    case "htm":
      return scriptBlocks(source, 0, ScriptKind);
    case "astro": {
      // What runs on the server stands between two fences, before all else; it is TypeScript.
      const [, fence = "", front = ""] =
        /(?<![^])(\s*---[ \t]*\r?\n)([^]*?)^---[ \t]*\r?$/m.exec(source) ?? [];
      const { text } = scriptBlocks(source, fence.length + front.length, ScriptKind);
      return { text: blank(fence) + front + text, kind: ScriptKind.TS, isTypeScript: true };
    }
    default:
      return { text: source, kind: ScriptKind.JSX, isTypeScript: false };
  }
}

/** From `begin` on. */
function scriptBlocks(source: string, begin: number, { TS, TSX, JSX }: Compiler["ScriptKind"]): Script {
  const block = /<script\b((?:"[^"]*"|'[^']*'|[^>"'])*)>([\s\S]*?)(?=<\/script\s*>|$(?![\s\S]))/gi;
  let text = "";
  let done = begin;
  let kind = JSX;
  block.lastIndex = begin;
  for (const found of source.matchAll(block)) {
    const [all, attributes = "", body = ""] = found;
    const language = /\blang\s*=\s*["']?(\w+)/i.exec(attributes)?.[1]?.toLowerCase();
    if (language === "ts" || language === "typescript") kind = TS;
    else if (language === "tsx") kind = TSX;
    else if (
      /\btype\s*=\s*["']?(?!module|text\/(?:java|ecma|type)script|application\/javascript)\w/i.test(
        attributes,
      )
    )
      continue;
    const from = found.index + all.length - body.length;
    text += blank(source.slice(done, from)) + body;
    done = from + body.length;
  }
  text += blank(source.slice(done));
  return { text, kind, isTypeScript: kind !== JSX };
}

/** Lines stay lines. */
function blank(text: string): string {
  return text.replaceAll(/[^\n\r]/g, " ");
}
