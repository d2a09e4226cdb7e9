import { hostname, platform } from "node:os";
import { checkConfiguration } from "../chokepoint/check-configuration.ts";
import type { Faces } from "../chokepoint/faces.ts";
import { loadServerConfig } from "../config/load-server.ts";
import { defineCommand } from "../run/command.ts";
import type { Command } from "../run/command.ts";
import { checkListeners } from "./adapters/check-listeners.ts";
import type { JudgedConfiguration } from "./adapters/reload-on-hangup.ts";
import { keepHangups } from "./adapters/keep-hangups.ts";
import { openProxyPorts } from "./adapters/proxy-ports.ts";
import { checkFeature, proxyFeature } from "./feature.ts";
import { requireProcesses } from "./require-processes.ts";

/** The command over the faces that the edge hands in: a feature imports no shell. */
export function proxyCommand(faces: Faces): Command {
  return defineCommand({
    flags: {
      check: {
        type: "boolean",
        describe: "Only validate the configuration, and say what it leaves open",
      },
      processes: {
        type: "number",
        value: "N",
        default: 1,
        describe: "How many processes serve the listeners; more than one needs Linux",
      },
    },
    speaks: ["human", "json", "jsonl"],
    notRunVerdict: "not-run",
    examples: [
      ["custody proxy --config custody.yaml", "guard every drop; API and metrics where http.listen says"],
      [
        "custody proxy --config custody.yaml --processes 4",
        "one process decides, all of them serve the listeners",
      ],
      ["custody proxy --config custody.yaml --check", "all problems at once, and what is left open"],
    ],
    async handler(flags, shell) {
      const { env, cwd, globals, signal, stderr, program } = shell;
      requireProcesses(flags.processes, platform());
      using hangups = flags.check ? null : keepHangups(shell.onHangup);
      const read = async (): Promise<JudgedConfiguration> => {
        const config = await loadServerConfig({ path: globals.config, cwd, env });
        const listeners = await checkListeners(config.sections);
        return { config, checked: await checkConfiguration(config, { env, faces, listeners }) };
      };
      const { config, checked } = await read();
      const input = { config: config.file };
      if (flags.check) return await shell.run(checkFeature, input, { warnings: checked.open });
      const ports = openProxyPorts({
        config,
        checked,
        read,
        onHangup: hangups?.onHangup ?? shell.onHangup,
        program,
        processes: flags.processes,
        faces,
        env,
        instanceName: hostname(),
        signal,
        stderr,
        logLevel: globals.logLevel,
      });
      return await shell.run(proxyFeature, input, ports);
    },
  });
}
