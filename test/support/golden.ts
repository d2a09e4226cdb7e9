import { expect } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const folder = join(import.meta.dirname, "../golden");

/** Compares a text with the file of that name in test/golden, byte for byte. `UPDATE_GOLDEN=1 bin/test` writes them anew. */
export function expectGolden(name: string, text: string): void {
  const path = join(folder, name);
  if (process.env["UPDATE_GOLDEN"] === "1") {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  expect(existsSync(path), `${path} is missing: UPDATE_GOLDEN=1 writes it`).toBe(true);
  expect(text).toBe(readFileSync(path, "utf8"));
}
