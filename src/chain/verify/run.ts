import { step } from "../../run/step.ts";
import type { VerifyEvent, VerifyVerdict } from "./events.ts";
import type { VerifyInput } from "./input.ts";
import type { VerifyPorts } from "./ports.ts";

/** Reads the chain in one snapshot, hashes it outside the database, and tells everything that is wrong with it. */
export async function* runVerify(
  input: VerifyInput,
  ports: VerifyPorts,
): AsyncGenerator<VerifyEvent, VerifyVerdict> {
  await using chain = yield* step("open", "Find the chain", () => ports.openChain(input), {
    describe: ({ facts }) => `${facts.schema}.${facts.table}, profile ${facts.profile}`,
  });
  yield { type: "chain-found", chain: chain.facts };
  if (chain.facts.isSuperuser) {
    yield {
      type: "noted",
      message: "connected as a superuser: a role with SELECT on the chain's tables is enough, and safer",
    };
  }
  const { findings, notes, ...result } = yield* step(
    "walk",
    "Hash every event",
    (progress) => chain.verify(progress),
    {
      unit: "rows",
      describe: ({ verifierWalked, findingsTotal }) => `${verifierWalked} rows, ${findingsTotal} findings`,
    },
  );
  for (const message of notes) yield { type: "noted", message };
  for (const finding of findings) yield { type: "finding-made", finding };
  yield { type: "chain-verified", result };
  return result.findingsTotal === 0 ? "clean" : "broken";
}
