import type { Carrier } from "../carrier.ts";
import { collectSites } from "../collect-sites.ts";
import { maskMapped } from "../mask-templates.ts";
import { isCommandKey, isScriptKey, isStatementKey } from "../yaml/script-keys.ts";
import { readAttributes, type Attribute } from "./read-attributes.ts";

/** Blocks in which nothing is run: what is printed, what is asked for. */
const idle = /^(?:output|variable|locals|labels|tags|environment|env|metadata|annotations)\b/;

/** Terraform, Nomad, Packer and Vault in HCL: provisioners, containers, statements that Vault runs when a lease ends. */
export const readTerraform: Carrier = (source, _path, ports) => {
  const sites = collectSites(source, ports, { marks: "slashes" });
  const attributes = readAttributes(source);
  attributes.forEach((attribute, index) => {
    if (attribute.blocks.some((block) => idle.test(block))) return;
    const { name, texts } = attribute;
    if (isStatementKey(name)) for (const text of texts) sites.sql(maskMapped(text));
    else if (name === "inline") for (const text of texts) sites.script(text);
    else if (isCommandKey(name) && attribute.isList) {
      sites.command(texts);
      const told = name === "args" ? undefined : argsBeside(attributes, index);
      if (told !== undefined) sites.command([...texts, ...told.texts]);
    } else if (isCommandKey(name) || isScriptKey(name)) for (const text of texts) sites.script(text);
  });
  return sites.result();
};

/** `command = ["sh"]` and `args = ["-c", …]` of one container. */
function argsBeside(attributes: readonly Attribute[], index: number): Attribute | undefined {
  const blocks = attributes[index]?.blocks.join("/");
  return attributes
    .slice(index + 1, index + 8)
    .find((one) => one.name === "args" && one.blocks.join("/") === blocks);
}
