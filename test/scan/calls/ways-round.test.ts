import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "bun:test";
import ignore from "ignore";
import { loadScanConfig } from "../../../src/config/load.ts";
import { readPolicy } from "../../../src/scan/policy/read-policy.ts";
import { scanMarked } from "../../support/marked-sources.ts";
import { readFolder } from "../../support/scan-files.ts";

const root = join(import.meta.dirname, "../../fixtures/scan/ways-round");

/** Programs with a chokepoint. A mark stands wherever something enters a sanctioned function around it, and nowhere else. */
test.each(readdirSync(root))(
  "%s: every way round the chokepoint is found, and nothing else is",
  async (name) => {
    const folder = join(root, name);
    const path = join(folder, "custody.yaml");
    const policy = readPolicy(await loadScanConfig({ path, cwd: folder, env: {} }));
    const ignored = ignore().add([...policy.ignore.patterns]);
    const files = Object.fromEntries(
      Object.entries(readFolder(folder)).filter(([each]) => !ignored.ignores(each)),
    );
    const { found, expected } = await scanMarked(files, policy);
    expect(expected.length).toBeGreaterThan(3);
    expect(found).toEqual(expected);
  },
);
