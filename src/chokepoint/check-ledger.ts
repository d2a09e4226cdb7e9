import { join } from "node:path";
import { requireWitnessUrl } from "../audit/witness/submit-checkpoint.ts";
import { readPublicKeys } from "../audit/note/public-keys.ts";
import { readSigningKey } from "../audit/note/read-signing-key.ts";
import type { ServerConfig } from "../config/load-server.ts";
import { chooseInstallation, findInstallations } from "../postgres/installations.ts";
import { requireWay } from "../postgres/private/place.ts";
import { requireSettings } from "../postgres/require-settings.ts";
import { serverUser } from "../postgres/server-user.ts";
import type { Environment } from "../postgres/settings.ts";
import { requireUsableFolder } from "../run/usable-folder.ts";
import { judge } from "./configuration-problems.ts";
import type { ConfigurationProblem } from "./configuration-problems.ts";

/** What the section `ledger` and the state folder have wrong, without a question to any server. */
export async function checkLedger(
  { sections, stateDir, folder }: ServerConfig,
  env: Environment,
): Promise<readonly ConfigurationProblem[]> {
  const { url, checkpoint } = sections.ledger ?? {};
  const { key, public_keys: publicKeys = [], witnesses = [] } = checkpoint ?? {};
  const found = await Promise.all([
    judge("state_dir", () => requireUsableFolder(stateDir)),
    url === undefined
      ? judge("ledger", () => requirePrivate(join(stateDir, "ledger"), env))
      : judge("ledger.url", () => requireSettings(url, env)),
    key === undefined ? [] : judge("ledger.checkpoint.key", () => readSigningKey(key, folder)),
    judge("ledger.checkpoint.public_keys", () => readPublicKeys(publicKeys, folder)),
    ...witnesses.map((each) =>
      judge("ledger.checkpoint.witnesses", () => Promise.resolve(requireWitnessUrl(each))),
    ),
  ]);
  return found.flat();
}

/** What a private cluster needs: programs, and a place that their user can reach. */
async function requirePrivate(directory: string, env: Environment): Promise<void> {
  chooseInstallation(await findInstallations({ env }), { tools: ["initdb", "postgres"] });
  await requireWay(directory, await serverUser());
}
