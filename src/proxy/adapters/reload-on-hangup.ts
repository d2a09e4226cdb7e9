import type { CheckedConfiguration } from "../../chokepoint/check-configuration.ts";
import type { ServerConfig } from "../../config/load-server.ts";
import type { ConfigFile } from "../../config/schema.ts";
import { OpsError } from "../../errors.ts";
import type { ProcessEdge } from "../../run/shell.ts";
import { showBug } from "../../run/show-bug.ts";
import type { ProxyEvent } from "../events.ts";
import { whatNeedsRestart } from "../what-needs-restart.ts";
import type { RunningListeners } from "./start-listeners.ts";

/** A configuration that was judged whole. */
export interface JudgedConfiguration {
  readonly config: ServerConfig;
  readonly checked: CheckedConfiguration;
}

interface Options {
  /** What custody runs by. */
  readonly running: JudgedConfiguration;
  readonly onHangup: ProcessEdge["onHangup"];
  /** Reads the file again. Throws `bad-config` with every problem. */
  readonly read: () => Promise<JudgedConfiguration>;
  readonly listeners: Pick<RunningListeners, "prepare">;
  readonly tell: (event: ProxyEvent) => void;
  /** The listeners go by it now: so does what goes by the configuration beside them. */
  readonly onTaken: (sections: ConfigFile) => void;
}

/** Takes up the configuration anew at each SIGHUP, all that can be or, where anything in it is wrong, nothing. Disposing waits for the one that runs. */
export function reloadOnHangup(options: Options): AsyncDisposable {
  let isWanted = false;
  let running: Promise<void> | null = null;
  const known = new Set(options.running.checked.open);

  const reloadAll = async (): Promise<void> => {
    while (isWanted) {
      isWanted = false;
      await reload();
    }
    running = null;
  };
  async function reload(): Promise<void> {
    try {
      const judged = await options.read();
      const { sections } = judged.config;
      const take = await options.listeners.prepare(sections.listeners ?? []);
      const listeners = await take();
      options.onTaken(sections);
      const left = [...whatNeedsRestart(options.running.config.sections, sections)];
      options.tell({ type: "reloaded", listeners, needs_restart: left });
      for (const message of judged.checked.open) {
        if (!known.has(message)) options.tell({ type: "noted", message });
        known.add(message);
      }
      if (left.length > 0)
        options.tell({ type: "noted", message: `not taken up without a restart: ${left.join("; ")}` });
    } catch (error) {
      const message = error instanceof OpsError ? error.message : showBug(error);
      options.tell({
        type: "alarm",
        what: "configuration not reloaded",
        message: `${message}: all stays as it was`,
      });
    }
  }
  const hangup = options.onHangup(() => {
    isWanted = true;
    running ??= reloadAll();
  });
  return {
    async [Symbol.asyncDispose]() {
      hangup[Symbol.dispose]();
      isWanted = false;
      await running;
    },
  };
}
