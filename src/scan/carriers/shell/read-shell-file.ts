import type { Carrier } from "../carrier.ts";
import { collectSites } from "../collect-sites.ts";
import { verbatim } from "../mapped-text.ts";
import { maskTemplates } from "../mask-templates.ts";

/** A script for a shell. Bats names its tests in a way that no shell reads: they become groups. */
export const readShellFile: Carrier = (source, path, ports) => {
  const sites = collectSites(source, ports, { marks: "hash" });
  const plain = path.endsWith(".bats")
    ? source.replaceAll(/^@test\b.*(?=\{\s*$)/gm, (test) => " ".repeat(test.length))
    : source;
  sites.script(
    verbatim(/\.(?:j2|tpl|tmpl|erb|template|gotmpl)$/.test(path) ? maskTemplates(plain) : plain, 0),
  );
  return sites.result();
};
