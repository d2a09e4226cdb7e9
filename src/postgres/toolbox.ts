import { chooseInstallation, findInstallations } from "./installations.ts";
import type { Installation } from "./installations.ts";
import type { ToolNeed } from "./choose-installation.ts";
import type { Environment } from "./settings.ts";

/** The machine's PostgreSQL programs, and which of them this run has used. */
export interface Toolbox {
  choose(need: ToolNeed): Promise<Installation>;
  /** Program → version and folder. */
  used(): Readonly<Record<string, string>>;
}

export function createToolbox(options: {
  readonly env: Environment;
  readonly pgBin?: string | undefined;
}): Toolbox {
  const used: Record<string, string> = {};
  let found: Promise<readonly Installation[]> | undefined;
  return {
    async choose(need) {
      found ??= findInstallations({
        env: options.env,
        ...(options.pgBin === undefined ? {} : { pgBin: options.pgBin }),
      });
      const chosen = chooseInstallation(await found, need);
      for (const tool of need.tools) used[tool] = `${chosen.version} (${chosen.binDir})`;
      return chosen;
    },
    used: () => ({ ...used }),
  };
}
