import type { Carrier } from "../carrier.ts";
import { collectSites } from "../collect-sites.ts";
import { judgeSetting } from "./judge-setting.ts";

/** A .properties file of Java: settings at whose value a framework drops things. */
export const readProperties: Carrier = (source, _path, ports) => {
  const sites = collectSites(source, ports, { marks: "hash" });
  for (const line of source.matchAll(/^[ \t]*([\w.%"-][\w.%"\-[\]]*)[ \t]*[=:][ \t]*([^\r\n]*)/gm)) {
    const indent = /^[ \t]*/.exec(line[0])?.[0].length ?? 0;
    const destruction = judgeSetting(line[1] ?? "", line[2] ?? "", line.index + indent);
    if (destruction !== null) sites.add(destruction);
  }
  return sites.result();
};
