import { cosignerVkey } from "../../audit/note/cosignature.ts";
import { signReplacement } from "../../audit/note/replacement.ts";
import { createSigningKey, formatSigningKey } from "../../audit/note/signing-key.ts";
import type { SigningKey } from "../../audit/note/signing-key.ts";
import { exitCodes, OpsError } from "../../errors.ts";
import type { ExitCode } from "../../errors.ts";
import { conclude } from "../../run/conclude.ts";
import type { Feature, Outcome, Report, StepFact, SummaryLine } from "../../run/contract.ts";
import { step } from "../../run/step.ts";

export interface KeygenInput {
  readonly name: string;
  /** The key goes here, its vkey to `<out>.pub`, a replacement note to `<out>.replaces`. */
  readonly out: string;
  /** The file of the key that the new one takes the place of. */
  readonly replaces: string | null;
  /** Whether the key is to cosign others' checkpoints: its vkey is then of type 0x04. */
  readonly isWitness: boolean;
}

export interface KeygenPorts {
  /** 32 bytes that nobody can guess. */
  randomSeed(): Uint8Array;
  /** Throws `file-unreadable`, `bad-input`. */
  readKey(path: string): Promise<SigningKey>;
  /** All or none; never over what is there. Throws `file-unwritable`. */
  writeNew(files: readonly NewFile[]): Promise<void>;
}

interface NewFile {
  readonly path: string;
  readonly text: string;
  readonly mode: number;
}

/** What may be told of a key: never its seed. */
interface MadeKey {
  readonly name: string;
  readonly keyId: string;
  readonly vkey: string;
  /** The vkey of the key that it takes the place of. */
  readonly replaces: string | null;
}

type KeygenEvent = StepFact | { readonly type: "key-made"; readonly key: MadeKey };
type KeygenVerdict = "made" | "not-run";

interface KeygenState {
  readonly input: KeygenInput;
  readonly key: MadeKey | null;
}

const modes = { secret: 0o600, public: 0o644 } as const;

/** Makes an Ed25519 key that signs checkpoints, or cosigns those of others, and the note that hands over to it. */
export const chainKeygen: Feature<KeygenInput, KeygenPorts, KeygenEvent, KeygenVerdict, KeygenState> = {
  command: "chain keygen",
  async *run(input, ports) {
    const { replaces } = input;
    const old =
      replaces === null
        ? null
        : yield* step("read", "Read the old key", () => ports.readKey(replaces), {
            describe: (key) => `${key.name}+${key.keyId}`,
          });
    const seed = ports.randomSeed();
    const purpose = input.isWitness ? "witness" : "log";
    const key = createSigningKey(input.name, seed, purpose);
    const vkey = input.isWitness ? cosignerVkey(key) : key.vkey;
    if (old !== null && old.name !== key.name) {
      yield {
        type: "noted",
        message: `the old key is named ${old.name}: checkpoints of ${key.name} have another origin, unless --origin keeps it`,
      };
    }
    const files = [
      { path: input.out, text: `${formatSigningKey(input.name, seed, purpose)}\n`, mode: modes.secret },
      { path: `${input.out}.pub`, text: `${vkey}\n`, mode: modes.public },
      ...(old === null
        ? []
        : [{ path: `${input.out}.replaces`, text: signReplacement(old, key), mode: modes.public }]),
    ];
    yield* step("write", "Write the key", () => ports.writeNew(files), { describe: () => input.out });
    yield {
      type: "key-made",
      key: { name: key.name, keyId: vkey.split("+")[1] ?? key.keyId, vkey, replaces: old?.vkey ?? null },
    };
    return "made";
  },
  initial: (input) => ({ input, key: null }),
  reduce: (state, event) => (event.type === "key-made" ? { ...state, key: event.key } : state),
  report,
};

/** Throws `bad-usage` for what no key can be. */
export function requireKeygenInput(input: KeygenInput): KeygenInput {
  createSigningKey(input.name, new Uint8Array(32));
  if (input.isWitness && input.replaces !== null) {
    throw new OpsError(
      "bad-usage",
      "--witness and --replaces do not go together: a witness's key is replaced in the policy of those who trust it",
      "make a new witness key without --replaces, and change the policy's witness line",
    );
  }
  return input;
}

const verdictExitCodes: Readonly<Record<KeygenVerdict, ExitCode>> = {
  made: exitCodes.good,
  "not-run": exitCodes.couldNotRun,
};

function report({ input, key }: KeygenState, outcome: Outcome<KeygenVerdict>): Report {
  const { head, document } = conclude("chain keygen", outcome, verdictExitCodes, "not-run");
  return {
    ...head,
    document: document({
      name: input.name,
      type: input.isWitness ? "witness" : "log",
      key_id: key?.keyId ?? null,
      vkey: key?.vkey ?? null,
      replaces: key?.replaces ?? null,
      files:
        key === null
          ? null
          : {
              key: input.out,
              public_key: `${input.out}.pub`,
              replaces: key.replaces === null ? null : `${input.out}.replaces`,
            },
    }),
    checks: [],
    metrics: [],
    summary: key === null ? [] : summarise(input, key),
  };
}

function summarise({ out, isWitness }: KeygenInput, key: MadeKey): readonly SummaryLine[] {
  const files = key.replaces === null ? `${out}.pub` : `${out}.pub and ${out}.replaces`;
  // What is kept of a chain was signed by the old key: without it the new one signs nothing that goes on.
  const trusted = key.replaces === null ? "" : ` --public-key ${key.replaces}`;
  const next = isWitness
    ? `next: custody chain witness --begin --key ${out}; ${files} goes into the policy of who trusts it`
    : `next: custody chain checkpoint --key ${out}${trusted}; give ${files} to whoever verifies`;
  return [
    { tone: "plain", text: key.vkey },
    { tone: "dim", text: `keep ${out} secret, and away from the database` },
    { tone: "dim", text: next },
    { tone: "good", text: `MADE name=${key.name} key_id=${key.keyId} type=${isWitness ? "witness" : "log"}` },
  ];
}
