import type { ChainWanted } from "../../audit/find-chain.ts";
import { comparators } from "../../backup/compare/comparators.ts";
import { version } from "../../run/version.ts";
import type { Environment } from "../../postgres/settings.ts";
import { resolveSettings } from "../../postgres/settings.ts";
import { compareChains } from "../../backup/proof/compare-chains.ts";
import type { SmokeInput } from "../input.ts";
import type { SmokePorts } from "../ports.ts";
import { openArchives } from "./archives.ts";
import { openDatabaseReader } from "../../backup/proof/database-reader.ts";
import { files } from "./files.ts";
import { openScratchServer } from "./scratch-server.ts";
import { createToolbox } from "../../postgres/toolbox.ts";

interface PortOptions {
  readonly input: SmokeInput;
  readonly env: Environment;
  readonly pgBin: string | undefined;
  readonly chain: ChainWanted;
  readonly signal: AbortSignal;
  /** For what people must know although the run is over, and its facts with it. */
  readonly warn: (message: string) => void;
}

/** The real thing behind every port. */
export function openSmokePorts({ input, env, pgBin, chain, signal, warn }: PortOptions): SmokePorts {
  const toolbox = createToolbox({ env, pgBin });
  const { jobs } = input;
  return {
    version,
    now: () => new Date(),
    openSource: async (dbUrl) =>
      await openDatabaseReader(await resolveSettings(dbUrl, env), {
        jobs,
        chain,
        signal,
        applicationName: "smoke",
      }),
    openScratch: (request) => openScratchServer(request, { env, toolbox, chain, signal, warn }),
    openArchives: () => openArchives({ env, toolbox, signal, writeDump: input.writeDump }),
    comparison: { comparators, compareChains },
    toolsUsed: () => toolbox.used(),
    files,
  };
}
