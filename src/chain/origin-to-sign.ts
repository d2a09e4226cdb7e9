import { namesAnotherChain } from "../audit/checkpoints/judge-anchors.ts";
import { readHeads } from "../audit/read-base.ts";
import { OpsError } from "../errors.ts";
import type { Environment } from "../postgres/settings.ts";
import type { ChainToSignInput } from "./chain-to-sign.ts";
import { openChain } from "./open-chain.ts";

/**
 * The origin that a chain is signed under, without the number of restores that were accepted: the one that was given, else
 * `<key name>/<chain id>`. Throws `bad-usage` for one that no checkpoint of this chain can have, and what connecting throws.
 */
export async function originToSign(
  input: ChainToSignInput,
  world: { readonly env: Environment; readonly cwd: string; readonly signal: AbortSignal },
  command: string,
  keyName: string,
): Promise<string> {
  if (input.origin !== null) requireOrigin(input.origin);
  await using chain = await openChain(input, world, command);
  const { session, place } = chain;
  const heads = await readHeads(session, place);
  const chainId = heads?.find((each) => each.key === "1")?.chainId ?? null;
  if (input.origin === null && chainId !== null) return `${keyName}/${chainId}`;
  if (input.origin === null) {
    throw new OpsError(
      "bad-usage",
      `the chain ${place.schema}.${place.definition.table} has no name of its own`,
      "give its checkpoints one that is yours alone: --origin example.com/audit",
    );
  }
  if (!namesAnotherChain(input.origin, chainId)) return input.origin;
  throw new OpsError(
    "bad-usage",
    `the origin ${input.origin} ends in the id of another chain: this one is ${chainId ?? ""}`,
    "leave --origin out, or give one that is this chain's alone: --origin example.com/audit",
  );
}

function requireOrigin(given: string): void {
  if (/[\u0000-\u001f]/.test(given) || given.trim() === "") {
    throw new OpsError(
      "bad-usage",
      `no checkpoint can have this origin: ${JSON.stringify(given)}`,
      "an origin is one line of text: --origin example.com/audit",
    );
  }
  if (!/\/\d+$/.test(given)) return;
  throw new OpsError(
    "bad-usage",
    `no origin may end in a number: ${given}`,
    "restores that are accepted are counted there: give the origin without its number",
  );
}
