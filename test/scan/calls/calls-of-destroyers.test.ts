import { describe, expect, test } from "bun:test";
import type { AnalysisPolicy } from "../../../src/scan/analyse.ts";
import { scanFiles } from "../../support/scan-files.ts";

const files = {
  "link.ts": `export async function wipePrefix(link, prefix) {
  for (const key of await link.keysOf(prefix)) await link.forget(key);
  if (prefix === "") await wipePrefix(link, "all:");
}
`,
  "chokepoint.ts": `export async function guardedDrop(request, drop) { await drop(request); }\n`,
  "job.ts": `import { wipePrefix } from "./link.ts";
import { guardedDrop } from "./chokepoint.ts";
export async function nightly(link, prefix) {
  await wipePrefix(link, prefix);
}
export async function asked(link, request) {
  await guardedDrop(request, () => wipePrefix(link, request.prefix));
}
export async function listed(link) {
  console.log("wipePrefix", link.id);
}
`,
};

async function told(policy: Partial<AnalysisPolicy>): Promise<readonly string[]> {
  const { findings } = await scanFiles(files, policy);
  return findings.map((each) => `${each.path} ${each.rule} ${each.function} ${each.what} ${each.confidence}`);
}

const destroys = { keys: ["wipePrefix"] };
const nightly = "job.ts keys nightly wipePrefix() high";

describe("a function that the policy says destroys", () => {
  test("is nothing to a policy that does not name it", async () => {
    expect(await told({ chokepoint: ["guardedDrop"] })).toEqual([]);
  });

  test("is found where it is called, but not where it is handed to the chokepoint, nor in itself", async () => {
    expect(await told({ chokepoint: ["guardedDrop"], destroys })).toEqual([nightly]);
  });

  test("is found without a chokepoint wherever it is called", async () => {
    expect(await told({ destroys })).toContain(nightly);
  });

  test("may be called where the policy sanctions it", async () => {
    const policy = { chokepoint: ["guardedDrop"], sanctioned: ["job.ts#nightly"], destroys };
    expect(await told(policy)).toEqual([]);
  });

  test("is told when no function bears its name, or two do", async () => {
    const named = { keys: ["wipeNothing"] };
    expect((await scanFiles(files, { chokepoint: ["guardedDrop"], destroys: named })).notes).toEqual([
      "scan.destroys names wipeNothing, which no function of this tree bears",
    ]);
    const more = { ...files, "other.ts": "export function wipePrefix() {}\n" };
    const { findings } = await scanFiles(more, { chokepoint: ["guardedDrop"], destroys });
    expect(findings.map(({ rule }) => rule)).toContain("chokepoint-ambiguous");
  });
});

test("a request of NATS is known without its prefix, which a client puts in front", async () => {
  const source = { "a.ts": "export const f = (api, s) => api.tell(`STREAM.DELETE.${s}`, {});\n" };
  const { findings } = await scanFiles(source);
  expect(findings.map(({ kind }) => kind)).toEqual(["stream"]);
  const harmless = { "a.ts": "export const f = (api, s) => api.tell(`STREAM.INFO.${s}`, {});\n" };
  expect((await scanFiles(harmless)).findings).toEqual([]);
});
