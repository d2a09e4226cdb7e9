import { resolve } from "node:path";
import { cosignerVkey } from "../../../audit/note/cosignature.ts";
import { readPublicKeys } from "../../../audit/note/public-keys.ts";
import { readWitnessKey } from "../../../audit/note/read-signing-key.ts";
import type { SigningKey } from "../../../audit/note/signing-key.ts";
import { parsePolicy } from "../../../audit/note/tlog-policy.ts";
import { parseVerifierKey } from "../../../audit/note/vkey.ts";
import type { VerifierKey } from "../../../audit/note/vkey.ts";
import { OpsError } from "../../../errors.ts";
import type { WitnessInput } from "../input.ts";
import type { WitnessPorts } from "../ports.ts";
import { createWitness } from "../witness.ts";
import type { Judged } from "../events.ts";
import { createMeter } from "../meter.ts";
import type { WitnessMeter } from "../meter.ts";
import { openRecordFiles } from "./record-files.ts";
import type { RecordFiles } from "./record-files.ts";
import { startWitnessServer } from "./witness-server.ts";
import { readSmallFile } from "../../../run/read-small-file.ts";

export function witnessPorts({
  cwd,
  meter = createMeter(),
}: {
  readonly cwd: string;
  readonly meter?: WitnessMeter;
}): WitnessPorts {
  return {
    async start(input) {
      await using held = new AsyncDisposableStack();
      const key = await readWitnessKey(input.key, cwd);
      const vkey = cosignerVkey(key);
      const logs = await readLogs(input, cwd);
      requireOwnKey(key, logs);
      const records = held.use(
        await openRecordFiles(resolve(cwd, input.stateDir), parseVerifierKey(vkey), input.begin),
      );
      meter.origins = records.origins();
      const witness = createWitness({ key, logs, records, now: () => Math.floor(Date.now() / 1000) });
      const server = held.use(
        await startWitnessServer(input.listen, {
          witness,
          records,
          onJudged: (each) => count(meter, each, records),
        }),
      );
      const owned = held.move();
      return {
        url: server.url,
        vkey,
        logs: logs.map((log) => log.vkey),
        origins: records.origins(),
        requests: (signal) => server.requests(signal),
        get dropped() {
          return server.dropped;
        },
        [Symbol.asyncDispose]: () => owned.disposeAsync(),
      };
    },
  };
}

function count(meter: WitnessMeter, { outcome }: Judged, records: RecordFiles): void {
  meter.counts[outcome] += 1;
  meter.origins = records.origins();
  if (outcome === "cosigned") meter.cosignedAt = Date.now();
}

/** Throws `bad-input`, `bad-config`, `bad-usage` when there are none. */
async function readLogs({ logs, policy }: WitnessInput, cwd: string): Promise<readonly VerifierKey[]> {
  const given = await readPublicKeys(logs, cwd);
  const fromPolicy = policy === null ? [] : parsePolicy(await readPolicy(policy, cwd), policy).logs;
  const all = [...new Map([...fromPolicy, ...given].map((key) => [key.vkey, key])).values()];
  if (all.length > 0) return all;
  throw new OpsError(
    "bad-usage",
    "no log is trusted: the witness would cosign nothing",
    "name the logs with --log VKEY|FILE, or a policy with log lines with --policy FILE",
  );
}

async function readPolicy(path: string, cwd: string): Promise<Uint8Array> {
  return await readSmallFile(resolve(cwd, path)).catch((cause: unknown) => {
    throw new OpsError(
      "file-unreadable",
      `cannot read the policy ${path}: ${cause instanceof Error ? cause.message : String(cause)}`,
      "check the path and who may read it",
      { cause },
    );
  });
}

/** A witness that is the log itself says nothing. */
function requireOwnKey(key: SigningKey, logs: readonly VerifierKey[]): void {
  const own = parseVerifierKey(key.vkey).publicKey;
  const same = logs.find((log) => Buffer.from(log.publicKey).equals(own));
  if (same === undefined) return;
  throw new OpsError(
    "bad-usage",
    `the witness's key is that of the log ${same.name}: a witness must have a key of its own`,
    "make one: custody chain keygen --witness --name NAME --out FILE",
  );
}
