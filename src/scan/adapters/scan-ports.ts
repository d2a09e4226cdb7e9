import { availableParallelism } from "node:os";
import type { DestructionKind } from "../../destruction/kinds.ts";
import { createPrefilter } from "../files/has-candidate.ts";
import type { FactCache } from "../files/cache/open-cache.ts";
import type { ListOptions } from "../files/listing.ts";
import type { Judges } from "../meaning/judges.ts";
import type { ScanPolicy } from "../policy/read-policy.ts";
import type { ScanPorts, Tree } from "../ports.ts";
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

/** To search so many files takes longer than a thread that reads what is found in them takes to start. */
const largeTree = 2000;

/** Everything real behind a scan. What parses is loaded when something has to be parsed: most commits hold nothing that must. */
export function openScanPorts({ listing, policy, cache, env }: Options): ScanPorts {
  let parsing: Promise<Parsing> | undefined;
  let thread: Promise<FactReader> | undefined;
  let isLarge = false;
  const parse = (): Promise<Parsing> => (parsing ??= openParsing(policy.kinds));
  const facts = async (): Promise<FactReader> =>
    isLarge && availableParallelism() > 1
      ? await (thread ??= startThread(policy.kinds))
      : (await parse()).facts;
  const options: TreeOptions = { listing, hasCandidate: createPrefilter(policy.kinds), facts, cache };
  const opened = openTree(options);
  const tree: Tree = {
    ...opened,
    list() {
      const found = opened.list();
      isLarge = found.files.length >= largeTree;
      return found;
    },
  };
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

async function startThread(kinds: ReadonlySet<DestructionKind>): Promise<FactReader> {
  const { startFactWorker } = await import("./start-fact-worker.ts");
  return startFactWorker(kinds);
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
