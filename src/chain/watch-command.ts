import { join } from "node:path";
import { loadConfig } from "../config/load.ts";
import { defineCommand } from "../run/command.ts";
import {
  dbUrlFlag,
  metricsListenFlag,
  metricsTokenFileFlag,
  policyFlag,
  profileFlag,
  publicKeyFlag,
  schemaFlag,
} from "./flags.ts";
import { stateFolder } from "./state-folder.ts";
import { startStatusServer, statusPlace } from "./status-server.ts";
import { systemClock, watchPorts } from "./watch/adapters/watch-ports.ts";
import { chainWatch } from "./watch/feature.ts";
import { parseWatchInput } from "./watch/input.ts";
import { initialStatus } from "./watch/status.ts";
import type { WatchStatus } from "./watch/status.ts";
import { statusPages } from "./watch/status-pages.ts";

export const command = defineCommand({
  flags: {
    "db-url": dbUrlFlag,
    schema: schemaFlag,
    profile: profileFlag,
    interval: {
      type: "string",
      value: "TIME",
      describe: "How often new events are verified",
      default: "10s",
    },
    "full-every": {
      type: "string",
      value: "TIME",
      describe: "In this time all of history is hashed again, a part at a time",
      default: "6h",
    },
    "once-broken": {
      type: "string",
      choices: ["exit", "alarm"],
      describe: "At confirmed findings end with 1, or go on and alarm",
      default: "alarm",
    },
    checkpoint: {
      type: "string",
      value: "FILE",
      describe:
        "A signed checkpoint that the chain must agree with; compared again whenever the file changes",
      repeatable: true,
    },
    "public-key": publicKeyFlag,
    policy: policyFlag,
    listen: {
      type: "string",
      value: "CHANNEL",
      describe: "A NOTIFY on this channel wakes the watch at once",
    },
    state: {
      type: "string",
      value: "DIR",
      describe: "Where what was verified is kept (below the state folder)",
    },
    "metrics-listen": metricsListenFlag("/metrics, /healthz and /readyz"),
    "metrics-token-file": metricsTokenFileFlag,
  },
  speaks: ["human", "json", "jsonl"],
  notRunVerdict: "not-verified",
  examples: [
    [
      "custody chain watch --db-url postgres://auditor@db/shop --metrics-listen 9464",
      "follow a chain, with metrics and health",
    ],
    [
      "custody chain watch --db-url 'postgres://auditor@db1,db2/shop?target_session_attrs=primary'",
      "across a failover, wherever the primary is",
    ],
    [
      "custody chain watch --once-broken exit --output jsonl",
      "every check as a line; end at the first findings",
    ],
  ],
  async handler(flags, shell) {
    const input = parseWatchInput({
      dbUrl: flags.dbUrl,
      schema: flags.schema ?? null,
      profile: flags.profile ?? null,
      interval: flags.interval,
      fullEvery: flags.fullEvery,
      onceBroken: flags.onceBroken,
      checkpoints: flags.checkpoint,
      publicKeys: flags.publicKey,
      policy: flags.policy ?? null,
      listen: flags.listen ?? null,
    });
    const world = { env: shell.env, cwd: shell.cwd, configPath: shell.globals.config };
    const stateDir = await stateFolder(flags.state ?? null, world);
    const { metrics } = await loadConfig({ path: world.configPath, cwd: world.cwd, env: world.env });
    const place = await statusPlace(flags, shell.cwd);
    let status = initialStatus(input.interval);
    await using _server =
      place === null
        ? null
        : await startStatusServer(place, () => statusPages(status, systemClock.now(), metrics.prefix));
    const board = { publish: (next: WatchStatus): void => void (status = next) };
    await using ports = watchPorts(input, { ...shell, stateDir, folder: join(stateDir, "watch"), board });
    return await shell.run(chainWatch, input, ports);
  },
});
