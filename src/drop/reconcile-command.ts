import { findFile } from "../config/load.ts";
import { loadServerConfig } from "../config/load-server.ts";
import { OpsError } from "../errors.ts";
import { defineCommand } from "../run/command.ts";
import type { Shell } from "../run/shell.ts";
import { openApiClient } from "./adapters/api-client.ts";
import { readAccess } from "./adapters/read-access.ts";
import type { AccessFlags } from "./adapters/read-access.ts";
import { reconcileOverHttp } from "./adapters/reconcile-over-http.ts";
import { openReconcilePorts } from "./adapters/reconcile-ports.ts";
import { apiFlags } from "./flags.ts";
import { dropFindings } from "./findings/feature.ts";
import { readSince } from "./read-since.ts";
import { dropReconcile } from "./reconcile/feature.ts";

export const command = defineCommand({
  flags: {
    target: { type: "string", value: "NAME", describe: "Only this target", repeatable: true },
    canary: {
      type: "boolean",
      describe: "Make a canary, drop it round the gate, and see that it is missed (PostgreSQL)",
    },
    findings: {
      type: "boolean",
      describe: "Look at nothing: list what earlier rounds told, newest first",
    },
    since: { type: "string", value: "TIME", describe: "With --findings: only since, as 7d or a time" },
    ...apiFlags,
  },
  notRunVerdict: "not-run",
  examples: [
    [
      "custody drop reconcile --api http://127.0.0.1:7440",
      "what vanished with no record, and what was recorded and stands there: the custody that runs there looks",
    ],
    ["custody drop reconcile --config custody.yaml", "by itself, over the targets and the ledger of a file"],
    ["custody drop reconcile --config custody.yaml --canary", "also that the alarm fires"],
    ["custody drop reconcile --findings --since 7d", "what was found in the last week; each is told once"],
  ],
  async handler(flags, shell) {
    const { env, cwd, signal, globals } = shell;
    requireOneWish(flags);
    const since = flags.since === undefined ? null : readSince(flags.since, new Date());
    if (isOverHttp(flags, shell)) {
      const api = openApiClient(await readAccess(flags, shell), signal);
      const ports = await reconcileOverHttp(api, flags.target);
      if (flags.findings) return await shell.run(dropFindings, { since }, ports);
      const targets = ports.targets.map(({ name }) => name);
      return await shell.run(dropReconcile, { targets, canary: flags.canary }, ports);
    }
    const config = await loadServerConfig({ path: globals.config, cwd, env });
    await using ports = await openReconcilePorts({ config, targets: flags.target, env, signal });
    if (flags.findings) return await shell.run(dropFindings, { since }, ports);
    const targets = ports.targets.map(({ name }) => name);
    return await shell.run(dropReconcile, { targets, canary: flags.canary }, ports);
  },
});

/** Looking and listing are two things. Throws `bad-usage`. */
function requireOneWish(flags: {
  readonly findings: boolean;
  readonly canary: boolean;
  readonly since: string | undefined;
}): void {
  if (flags.findings && flags.canary)
    throw new OpsError(
      "bad-usage",
      "--findings looks at nothing, and --canary is for looking",
      "give one of them",
    );
  if (!flags.findings && flags.since !== undefined)
    throw new OpsError(
      "bad-usage",
      "--since is for listing, and a round looks at what is there now",
      "add --findings, or leave --since out",
    );
}

/**
 * `--config` looks by itself, whatever the environment says; else the custody that runs is asked. A configuration that merely lies
 * there could mean either: whose ledger is asked is not guessed. Throws `bad-usage`.
 */
function isOverHttp(
  flags: AccessFlags,
  { env, cwd, globals }: Pick<Shell, "env" | "cwd" | "globals">,
): boolean {
  const own = [
    ["--api", flags.api],
    ["--token-file", flags.tokenFile],
    ["--ca-file", flags.caFile],
    ["--cert-file", flags.certFile],
    ["--key-file", flags.keyFile],
  ].find(([, value]) => value !== undefined)?.[0];
  if (globals.config !== null) {
    if (own === undefined) return false;
    throw new OpsError(
      "bad-usage",
      `--config looks by itself, and ${own} is for asking the custody that runs`,
      "give one of them",
    );
  }
  if (flags.api !== undefined || (env["CUSTODY_API"] ?? "") !== "") return true;
  const file = findFile({ path: null, cwd, env });
  if (file === null) return true;
  throw new OpsError(
    "bad-usage",
    `nothing says who is to look: the custody that runs, or this command by itself with ${file}`,
    `ask the one that runs with --api URL or CUSTODY_API; by itself: --config ${file}`,
  );
}
