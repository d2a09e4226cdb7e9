import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { builtInProfiles } from "../../src/audit/built-in-profiles.ts";
import { parseProfile } from "../../src/audit/profile.ts";

const source = new URL("../../src/audit/built-in-profiles.ts", import.meta.url);

test("the built-in profiles are their files, as any file is read", () => {
  const read = ["custody", "certctl"].map((name) => {
    const path = new URL(`../../src/audit/profiles/${name}.yaml`, import.meta.url);
    return parseProfile(readFileSync(path, "utf8"), `${name}.yaml`);
  });
  // bun test test/audit/built-in-profiles.test.ts with CUSTODY_WRITE=1 writes the source anew (then format it).
  if (process.env["CUSTODY_WRITE"] === "1") {
    const text = readFileSync(source, "utf8");
    writeFileSync(source, `${text.slice(0, text.indexOf("= [") + 2)}${JSON.stringify(read, null, 2)};\n`);
  } else expect(builtInProfiles).toEqual(read);
});
