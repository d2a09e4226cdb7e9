import { loadServerConfig } from "../config/load-server.ts";
import { defineCommand } from "../run/command.ts";
import { openReconcilePorts } from "./adapters/reconcile-ports.ts";
import { dropReconcile } from "./reconcile/feature.ts";

export const command = defineCommand({
  flags: {
    target: { type: "string", value: "NAME", describe: "Only this target", repeatable: true },
    canary: {
      type: "boolean",
      describe: "Make a canary, drop it round the gate, and see that it is missed (PostgreSQL)",
    },
  },
  notRunVerdict: "not-run",
  examples: [
    [
      "custody drop reconcile --config custody.yaml",
      "what vanished with no record, and what was recorded and stands there",
    ],
    ["custody drop reconcile --config custody.yaml --canary", "also that the alarm fires"],
  ],
  async handler(flags, shell) {
    const { env, cwd, signal, globals } = shell;
    const config = await loadServerConfig({ path: globals.config, cwd, env });
    await using ports = await openReconcilePorts({ config, targets: flags.target, env, signal });
    const targets = ports.targets.map(({ name }) => name);
    return await shell.run(dropReconcile, { targets, canary: flags.canary }, ports);
  },
});
