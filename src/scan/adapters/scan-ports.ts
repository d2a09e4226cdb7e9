import type { DestructionKind } from "../../destruction/kinds.ts";
import { createPrefilter } from "../files/has-candidate.ts";
import type { FactCache } from "../files/cache/open-cache.ts";
import type { ListOptions } from "../files/listing.ts";
import type { Judges } from "../meaning/judges.ts";
import type { ScanPolicy } from "../policy/read-policy.ts";
import type { ScanPorts } from "../ports.ts";
import { openTree } from "./open-tree.ts";
import type { TreeOptions } from "./open-tree.ts";
import type { FactReader } from "./read-facts.ts";

interface Options {
  readonly listing: ListOptions;
  readonly policy: Pick<ScanPolicy, "kinds">;
  readonly cache: FactCache | null;
  readonly env: Readonly<Record<string, string | undefined>>;
}

interface Parsing {
  readonly facts: FactReader;
  judges(): Promise<Judges>;
}

/** Everything real behind a scan. What parses is loaded when something has to be parsed: most commits hold nothing that must. */
export function openScanPorts({ listing, policy, cache, env }: Options): ScanPorts {
  let parsing: Promise<Parsing> | undefined;
  const parse = (): Promise<Parsing> => (parsing ??= openParsing(policy.kinds));
  const facts = async (): Promise<FactReader> => (await parse()).facts;
  const options: TreeOptions = { listing, hasCandidate: createPrefilter(policy.kinds), facts, cache };
  const tree = openTree(options);
  return {
    tree,
    judges: async () => (await parse()).judges(),
    async openOlderTree(ref, signal) {
      const { openOlderTree } = await import("./open-older-tree.ts");
      return openOlderTree({ cwd: listing.cwd, env, signal }, ref, tree, options);
    },
    async readBaseline(path) {
      const { readBaseline } = await import("../policy/baseline-file.ts");
      return readBaseline(path);
    },
    async writeBaseline(path, baseline) {
      const { writeBaseline } = await import("../policy/baseline-file.ts");
      writeBaseline(path, baseline);
    },
  };
}

async function openParsing(kinds: ReadonlySet<DestructionKind>): Promise<Parsing> {
  const { createFactReader } = await import("./read-facts.ts");
  const { openCarrierPorts } = await import("./carrier-ports.ts");
  const { openParsers } = await import("./tree-sitter.ts");
  const parsers = openParsers();
  let judges: Promise<Judges> | undefined;
  const judge = async (): Promise<Judges> => (await import("./open-judges.ts")).openJudges(parsers);
  return {
    facts: createFactReader(parsers, () => openCarrierPorts(parsers, kinds)),
    judges: () => (judges ??= judge()),
  };
}
