import { sqlParser } from "../../postgres/parse-sql.ts";
import { createPrefilter } from "../files/has-candidate.ts";
import type { FactCache } from "../files/cache/open-cache.ts";
import type { ListOptions } from "../files/listing.ts";
import type { Judges } from "../meaning/judges.ts";
import { readBaseline, writeBaseline } from "../policy/baseline.ts";
import type { ScanPolicy } from "../policy/read-policy.ts";
import type { ScanPorts } from "../ports.ts";
import { openJudges } from "./open-judges.ts";
import { openOlderTree } from "./open-older-tree.ts";
import { openTree } from "./open-tree.ts";
import type { TreeOptions } from "./open-tree.ts";
import { createFactReader, readerOf } from "./read-facts.ts";
import { openParsers } from "./tree-sitter.ts";
import type { Parsers } from "./tree-sitter.ts";
import type { CarrierPorts } from "../carriers/carrier.ts";
import type { SelfTestPorts } from "../self-test/test-example.ts";

interface Options {
  readonly listing: ListOptions;
  readonly policy: Pick<ScanPolicy, "kinds">;
  readonly cache: FactCache | null;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Parsers and judges for sources that are in memory. */
export async function openSelfTestPorts(nowMs: number): Promise<SelfTestPorts> {
  const parsers = openParsers();
  const facts = createFactReader(parsers, () => openCarrierPorts(parsers));
  return {
    judges: await openJudges(parsers),
    facts(path, source) {
      const by = readerOf(path, source);
      return by === null ? Promise.resolve(null) : facts.read(by, path, source);
    },
    nowMs,
  };
}

async function openCarrierPorts(parsers: Parsers): Promise<CarrierPorts> {
  const [parseSql] = await Promise.all([sqlParser(), parsers.load("bash")]);
  return { parseSql, parseShell: (script) => parsers.parse("bash", script) };
}

/** Everything real behind a scan; parsers are loaded when something has to be parsed. */
export function openScanPorts({ listing, policy, cache, env }: Options): ScanPorts {
  const parsers = openParsers();
  let judges: Promise<Judges> | undefined;
  const facts = createFactReader(parsers, () => openCarrierPorts(parsers));
  const options: TreeOptions = { listing, hasCandidate: createPrefilter(policy.kinds), facts, cache };
  const tree = openTree(options);
  return {
    tree,
    judges: () => (judges ??= openJudges(parsers)),
    openOlderTree: (ref, signal) => openOlderTree({ cwd: listing.cwd, env, signal }, ref, tree, options),
    readBaseline,
    writeBaseline,
  };
}
