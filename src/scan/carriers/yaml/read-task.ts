import type { SiteCollector } from "../collect-sites.ts";
import { cut } from "../mapped-text.ts";
import { maskMapped } from "../mask-templates.ts";
import { find, type YamlEntry } from "./read-documents.ts";
import { lastPart } from "./script-keys.ts";

/** Tasks of Ansible and states of Salt whose commands stand elsewhere than under a key of their own. Whether the entry was one. */
export function readTask({ key, value }: YamlEntry, sites: SiteCollector): boolean {
  switch (lastPart(key)) {
    case "action":
    case "local_action": {
      const module =
        value.is === "scalar" ? /^(?:[\w.]+\.)?(?:shell|command|raw)\s+/.exec(value.text.text) : null;
      if (module === null || value.is !== "scalar") return false;
      sites.script(maskMapped(cut(value.text, module[0].length, Infinity)));
      return true;
    }
    case "mongodb_shell": {
      const script = find(value, "eval");
      if (script?.is === "scalar") sites.mongo(maskMapped(script.text));
      return script !== undefined;
    }
    case "postgresql_query":
    case "mysql_query": {
      const line = value.is === "scalar" ? /\bquery=(?:"([^"]*)"|'([^']*)')/.exec(value.text.text) : null;
      if (line === null || value.is !== "scalar") return false;
      const sql = line[1] ?? line[2] ?? "";
      const from = line.index + line[0].length - sql.length - 1;
      sites.sql(maskMapped(cut(value.text, from, from + sql.length)));
      return true;
    }
    case "run":
      // Salt: `cmd.run:` with `- name: …` below it.
      if (key !== "cmd.run" || value.is !== "list") return false;
      for (const item of value.items) {
        const script = find(item, "name");
        if (script?.is === "scalar") sites.script(maskMapped(script.text));
      }
      return true;
    default:
      return false;
  }
}
