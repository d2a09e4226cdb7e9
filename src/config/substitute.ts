import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { isScalar, visit } from "yaml";
import type { Document, Scalar } from "yaml";
import type { Environment } from "./folders.ts";

/** A value that could not be filled in, and why. */
export interface Unfilled {
  readonly node: Scalar;
  readonly message: string;
}

/**
 * Replaces `${NAME}` in every string value by the environment's, and a value `file:PATH` by the file's text without
 * its last line end; PATH is relative to `folder`. `$${` stands for `${`. Keys are left alone. What cannot be filled
 * in is returned, and stays as it was.
 */
export function substitute(document: Document, env: Environment, folder: string): readonly Unfilled[] {
  const unfilled: Unfilled[] = [];
  visit(document, {
    Scalar(key, node) {
      if (key === "key" || !isScalar(node) || typeof node.value !== "string") return;
      const filled = fill(node.value, env, folder);
      if (typeof filled === "string") node.value = filled;
      else unfilled.push({ node, message: filled.message });
    },
  });
  return unfilled;
}

function fill(text: string, env: Environment, folder: string): string | { readonly message: string } {
  const missing: string[] = [];
  const filled = text.replaceAll(/\$?\$\{([^}]*)\}/g, (whole, name: string) => {
    if (whole.startsWith("$$")) return whole.slice(1);
    const value = env[name];
    if (value === undefined) missing.push(name);
    return value ?? "";
  });
  if (missing.length > 0)
    return { message: `${missing.map((name) => `\${${name}}`).join(", ")} is not in the environment` };
  if (!text.startsWith("file:")) return filled;
  const path = resolve(folder, filled.slice("file:".length));
  try {
    return readFileSync(path, "utf8").replace(/\r?\n$/, "");
  } catch (error) {
    return { message: `cannot read ${path}: ${error instanceof Error ? error.message : String(error)}` };
  }
}
