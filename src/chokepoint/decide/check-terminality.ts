import { OpsError } from "../../errors.ts";
import type { Refusal } from "../drop.ts";
import type { Terminality } from "../ports.ts";
import type { TargetPolicy } from "../target-policy.ts";
import { refuse, undecided } from "./refusal.ts";

/** Whether the platform's own database says that the resource has come to its end. What cannot be asked is a no. */
export async function checkTerminality(
  token: string,
  policy: TargetPolicy,
  terminality: Terminality,
): Promise<Refusal | null> {
  const wanted = policy.terminality;
  if (wanted === null) return null;
  if (token === "") return refuse("terminality", "there is no token to ask the platform for");
  let state: string | null;
  try {
    state = await terminality.ask(policy, token);
  } catch (error) {
    if (!(error instanceof OpsError)) throw error;
    return undecided("terminality", `the platform's database cannot be asked: ${error.message}`);
  }
  if (state === null)
    return refuse("terminality", `the platform knows no resource of token ${JSON.stringify(token)}`);
  if (wanted.terminal.includes(state)) return null;
  return refuse(
    "terminality",
    `the platform says that it is ${JSON.stringify(state)}: not one of ${wanted.terminal.join(", ")}`,
  );
}
