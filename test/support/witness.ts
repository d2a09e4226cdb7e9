import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cosignerVkey } from "../../src/audit/note/cosignature.ts";
import { openNote } from "../../src/audit/note/signed-note.ts";
import { formatSigningKey } from "../../src/audit/note/signing-key.ts";
import { parseVerifierKey } from "../../src/audit/note/vkey.ts";
import { witnessPorts } from "../../src/chain/witness/adapters/witness-ports.ts";
import type { RunningWitness } from "../../src/chain/witness/ports.ts";
import { testKey } from "./notes.ts";

const witnessSeed = 77;
export const witnessKey = testKey("witness.example.org/w1", witnessSeed);
export const cosigner = parseVerifierKey(cosignerVkey(witnessKey));

/** Writes the test witness's key into a folder. */
export function writeWitnessKey(folder: string): string {
  const path = join(folder, "w1.key");
  writeFileSync(path, `${formatSigningKey(witnessKey.name, new Uint8Array(32).fill(witnessSeed))}\n`, {
    mode: 0o600,
  });
  return path;
}

/** Starts a witness in this process, on a free port of the loopback, its state in the folder: begun there when none is. */
export async function startWitness(
  folder: string,
  logs: readonly string[],
  begin = !existsSync(join(folder, "state", "witness.pub")),
): Promise<RunningWitness> {
  return witnessPorts({ cwd: folder }).start({
    listen: { host: "127.0.0.1", port: 0 },
    key: writeWitnessKey(folder),
    stateDir: join(folder, "state"),
    begin,
    logs,
    policy: null,
  });
}

/** What a witness answered, and what of it is promised. */
export interface Answered {
  readonly status: number;
  readonly type: string | null;
  readonly body: string;
}

export async function post(
  url: string,
  body: string | Uint8Array,
  path = "/add-checkpoint",
): Promise<Answered> {
  const response = await fetch(`${url}${path}`, { method: "POST", body });
  return { status: response.status, type: response.headers.get("content-type"), body: await response.text() };
}

/** Whether the answer is a cosignature of this checkpoint by the test witness, as one of its own lines. */
export function isCosigned(note: string, { status, body }: Answered): boolean {
  if (status !== 200 || !/^(?:— [^\n]+\n)+$/.test(body)) return false;
  return (
    openNote(`${note.slice(0, note.lastIndexOf("\n\n") + 2)}${body}`, [cosigner]).signatures.length === 1
  );
}
