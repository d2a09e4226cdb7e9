import { readPublicKeys } from "../../audit/note/public-keys.ts";
import { readGuardKey } from "../../chokepoint/ledger/guard-key.ts";
import { keepCheckpoints } from "../../chokepoint/ledger/keep-checkpoints.ts";
import type { GuardFact } from "../../chokepoint/ledger/keep-checkpoints.ts";
import { verifyLedger } from "../../chokepoint/ledger/verify-ledger.ts";
import type { VerifiedLedger } from "../../chokepoint/ledger/verify-ledger.ts";
import type { ServerConfig } from "../../config/load-server.ts";
import type { ConnectionSettings } from "../../postgres/settings.ts";
import type { ProxyEvent } from "../events.ts";
import type { ProxyLedger } from "./open-ledger.ts";

/** Verification and checkpoints as the section `ledger.checkpoint` has them. Throws for a key that cannot be read. */
export async function guardLedger(
  config: ServerConfig,
  { settings, signal }: { readonly settings: ConnectionSettings; readonly signal: AbortSignal },
): Promise<Pick<ProxyLedger, "verify" | "guard">> {
  const { ledger: section } = config.sections;
  const { key, every, events, witnesses, public_keys: publicKeys } = section?.checkpoint ?? {};
  const { stateDir, folder: cwd } = config;
  const ledger = {
    settings,
    schema: section?.schema ?? "public",
    stateDir,
    key: await readGuardKey(key ?? null, { stateDir, cwd }),
    publicKeys: await readPublicKeys(publicKeys ?? [], cwd),
    signal,
  };
  let verified: VerifiedLedger | null = null;
  return {
    async verify() {
      verified = await verifyLedger(ledger);
      return verified;
    },
    guard(tell) {
      if (verified === null) throw new Error("a ledger that was not verified is to be guarded");
      for (const message of verified.notes) tell({ type: "noted", message });
      return keepCheckpoints(ledger, verified, {
        everyMs: every,
        everyEvents: events,
        witnesses: witnesses ?? [],
        now: () => new Date(),
        tell: (fact) => tell(told(fact)),
      });
    },
  };
}

function told(fact: GuardFact): ProxyEvent {
  switch (fact.type) {
    case "ledger-verified":
      return { type: "ledger-verified", rows: fact.rows };
    case "checkpoint-signed":
      return { type: "ledger-checkpointed", size: fact.size, cosignatures: fact.witnessedBy.length };
    case "ledger-broken":
      return { type: "alarm", what: "chain-broken", message: fact.error.message };
    case "witness-refused":
      return { type: "alarm", what: fact.error.code, message: fact.error.message };
    case "checkpoint-delayed":
      return { type: "noted", message: `the ledger's checkpoint waits: ${fact.error.message}` };
  }
}
