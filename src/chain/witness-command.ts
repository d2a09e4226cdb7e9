import { loadConfig } from "../config/load.ts";
import { defineCommand } from "../run/command.ts";
import { metricsListenFlag, metricsTokenFileFlag } from "./flags.ts";
import { parseListenAddress } from "./listen-address.ts";
import { witnessPorts } from "./witness/adapters/witness-ports.ts";
import { startStatusServer, statusPlace } from "./status-server.ts";
import { chainWitness } from "./witness/feature.ts";
import { createMeter, meterPages } from "./witness/meter.ts";

export const command = defineCommand({
  flags: {
    listen: {
      type: "string",
      value: "ADDR",
      describe: "Where to serve: 127.0.0.1:7441, [::1]:7441, or a port of the loopback",
      required: true,
    },
    key: {
      type: "string",
      value: "FILE",
      describe: "The witness's own key, of custody chain keygen --witness; no log's",
      required: true,
    },
    state: {
      type: "string",
      value: "DIR",
      describe: "Where it keeps what it cosigned last; never to be restored from a backup",
      required: true,
    },
    begin: {
      type: "boolean",
      describe:
        "The first start of a new witness: makes its records. Without it a folder that holds none is refused",
    },
    log: {
      type: "string",
      value: "VKEY|FILE",
      describe: "A log that is trusted, for the origin that is its key's name and those below NAME/",
      repeatable: true,
    },
    "metrics-listen": metricsListenFlag("/metrics"),
    "metrics-token-file": metricsTokenFileFlag,
    policy: {
      type: "string",
      value: "FILE",
      describe: "A tlog-policy file whose log lines are trusted, too",
    },
  },
  examples: [
    [
      "custody chain witness --begin --listen 7441 --key w1.key --state /var/lib/witness --log audit.key.pub",
      "cosign the checkpoints of one log; later without --begin",
    ],
  ],
  async handler(flags, shell) {
    const input = {
      listen: parseListenAddress(flags.listen, "--listen"),
      key: flags.key,
      stateDir: flags.state,
      begin: flags.begin,
      logs: flags.log,
      policy: flags.policy ?? null,
    };
    const { cwd, env, globals } = shell;
    const { metrics } = await loadConfig({ path: globals.config, cwd, env });
    const place = await statusPlace(flags, cwd);
    const meter = createMeter();
    await using _server =
      place === null ? null : await startStatusServer(place, () => meterPages(meter, metrics.prefix));
    return await shell.run(chainWitness, input, witnessPorts({ cwd, meter }));
  },
});
