import { openDecrypter, requireRecipients } from "../backup/tombstone/age-keys.ts";
import { OpsError } from "../errors.ts";
import { requireSettings } from "../postgres/require-settings.ts";
import { sqlParser } from "../postgres/parse-sql.ts";
import type { Environment } from "../postgres/settings.ts";
import { requireUsableFolder } from "../run/usable-folder.ts";
import { judge } from "./configuration-problems.ts";
import type { ConfigurationProblem } from "./configuration-problems.ts";
import { openTargets } from "./open-targets.ts";
import type { TargetPolicy } from "./target-policy.ts";

/** What the policy of one target has wrong, without a question to any server. */
export async function checkTarget(
  policy: TargetPolicy,
  env: Environment,
): Promise<readonly ConfigurationProblem[]> {
  const { name, kind, tombstone, terminality } = policy;
  const found = await Promise.all([
    judge(`${name}.${kind === "command" ? "command" : "url"}`, async () => {
      const targets = await openTargets([policy], { env, jobs: 1 });
      for (const { backend } of targets.values()) await backend.close();
    }),
    tombstone.mode === "required"
      ? judge(`${name}.tombstone.dir`, () => requireUsableFolder(tombstone.dir))
      : [],
    ...tombstone.recipients.map((each) =>
      judge(`${name}.tombstone.recipients`, () => requireRecipients([each])),
    ),
    ...tombstone.identities.map((each) => judge(`${name}.tombstone.identities`, () => openDecrypter([each]))),
    ...(terminality === null
      ? []
      : [
          judge(`${name}.terminality.url`, () => requireSettings(terminality.url, env)),
          judge(`${name}.terminality.query`, () => requireQuery(terminality.query)),
        ]),
  ]);
  return found.flat();
}

/** Without `$1` the server would refuse the token that it is sent, each time. */
async function requireQuery(query: string): Promise<void> {
  const parse = await sqlParser();
  const statements = parse(query);
  if (statements?.length === 1 && statements[0]?.["SelectStmt"] !== undefined && query.includes("$1")) return;
  throw new OpsError(
    "bad-config",
    `it is not one SELECT with the token as $1: ${JSON.stringify(query)}`,
    "write such as: select status from resources where token = $1",
  );
}
