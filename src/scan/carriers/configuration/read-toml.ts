import type { Carrier } from "../carrier.ts";
import { collectSites } from "../collect-sites.ts";
import { cut, verbatim } from "../mapped-text.ts";
import { readJsonList, unescapeJson } from "../read-json-list.ts";
import { isCommandKey, isScriptKey } from "../yaml/script-keys.ts";

const entry =
  /^[ \t]*("[^"\n]+"|[\w.-]+)[ \t]*=[ \t]*("""[^]*?"""|'''[^]*?'''|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|\[[^\]]*\]|\{[^\n]*\})|^[ \t]*\[\[?([^\]\n]+)\]/gm;
/** Tables whose entries are scripts: pyproject's, Pipfile's, mise's, cargo-make's. */
const tables = /(?:^|\.)(?:scripts|tasks|commands|aliases|processes|deploy|hooks)(?:\.|$)/;

/** TOML that people keep commands in: what is one is told by its key, or by the table that it stands in. */
export const readToml: Carrier = (source, _path, ports) => {
  const sites = collectSites(source, ports, { marks: "hash" });
  const whole = verbatim(source, 0);
  let table = "";
  for (const match of source.matchAll(entry)) {
    if (match[3] !== undefined) {
      table = match[3];
      continue;
    }
    const key = (match[1] ?? "").replaceAll('"', "");
    const value = match[2] ?? "";
    if (!isScriptKey(key) && !isCommandKey(key) && !tables.test(table)) continue;
    const from = match.index + match[0].length - value.length;
    const text = cut(whole, from, from + value.length);
    if (value.startsWith("[")) {
      const words = readJsonList(text) ?? [];
      if (isCommandKey(key)) sites.command(words);
      else for (const word of words) sites.script(word);
    } else if (value.startsWith("{")) {
      const inner = /\b(?:cmd|shell|run|script)\s*=\s*"((?:[^"\\]|\\.)*)"/.exec(value);
      if (inner?.[1] === undefined) continue;
      const start = inner.index + inner[0].length - inner[1].length - 1;
      sites.script(unescapeJson(cut(text, start, start + inner[1].length)));
    } else {
      const quote = /^("""|'''|"|')/.exec(value)?.[0].length ?? 1;
      const inner = cut(text, quote, value.length - quote);
      sites.script(value.startsWith('"') ? unescapeJson(inner) : inner);
    }
  }
  return sites.result();
};
