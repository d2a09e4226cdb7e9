import { preAuthenticationEncoding, inTotoPayloadType } from "../dsse.ts";
import type { VerifierKey } from "../note/vkey.ts";
import type { ChainProfile } from "../profile.ts";
import { rowScript } from "./row-script.ts";
import { bundleFiles } from "./statement.ts";
import type { BundlePredicate } from "./statement.ts";

/** `verify.md`: what is in a bundle, and what an auditor runs, in plain words. */
export function formatVerifyGuide(
  predicate: Omit<BundlePredicate, "notes">,
  keys: readonly VerifierKey[],
  signer: VerifierKey | null,
  { rules }: Pick<ChainProfile, "rules">,
): string {
  const newest = Math.max(...predicate.checkpoints.map((each) => each.size));
  return `# How to verify this bundle

${contentsOf(predicate)}

**It holds personal data.** What is redacted in the database later is still here, in full. Keep it, pass it on and destroy it as such.

## What is in it

| file | what |
|---|---|
| \`${bundleFiles.rows}\` | every event, one JSON object a line, in the order in which it was read |
| \`${bundleFiles.profile}\` | how an event's row_hash is computed from its columns |
| \`checkpoints/\` | signed statements of how many events there were, and of their Merkle root; beside some, which database cluster it was |
| \`proofs/\` | proofs of single events, where some were cited |
| \`${bundleFiles.policy}\` | the public keys that the maker of the bundle used. **Do not believe it**: get the keys from whoever you believe, by another route |
| \`${bundleFiles.report}\` | what was verified, and the SHA-256 of every file here: an in-toto statement in a DSSE envelope${signer === null ? ", which nobody has signed" : ", signed"} |

## With custody, offline

    custody chain check-bundle . --public-key KEY.pub${signer === null ? " --allow-unsigned" : ""}

It recomputes every hash and link, compares the events with every checkpoint, verifies all signatures, and looks for files that are altered, missing
or added. Exit code 0: clean. 1: something is wrong, and it says what and where. 3: it could not be verified, which is no pass.

## Without custody

With \`jq\`, \`sha256sum\`, \`openssl\`${rules === undefined ? "" : " and `python3`"}, in a folder of your own, \`bundle\` being the path of this one. Write nothing into it.

1. A key (NAME+ID+BASE64) that you believe, as openssl takes it:

       { printf '\\060\\052\\060\\005\\006\\003\\053\\145\\160\\003\\041\\000'; echo BASE64 | base64 -d | tail -c 32; } > key.der

2. The files are those that the report names:

       jq -r .payload "$bundle/${bundleFiles.report}" | base64 -d > statement.json
       jq -r '.subject[] | .digest.sha256 + "  " + .name' statement.json | (cd "$bundle" && sha256sum -c)

${signer === null ? unsigned : signed}
4. A checkpoint is three lines (origin, number of events, Merkle root in base64), a blank line and signatures: a C2SP signed note. The signature is
   Ed25519 over the text up to the blank line, the last newline included. Any C2SP tool verifies it, and the files in \`proofs/\`, which are C2SP
   tlog-proofs (https://c2sp.org/signed-note, https://c2sp.org/tlog-checkpoint, https://c2sp.org/tlog-proof). By hand, for the first signature:

       sed '/^$/,$d' "$bundle/checkpoints/${newest}.checkpoint" > text
       sed '1,/^$/d' "$bundle/checkpoints/${newest}.checkpoint" | head -n 1 | cut -d ' ' -f 3 | base64 -d | tail -c +5 > text.sig
       openssl pkeyutl -verify -pubin -keyform DER -inkey key.der -rawin -in text -sigfile text.sig

5. The Merkle root is RFC 6962's: an event's leaf is SHA-256(0x00, row_hash), a node SHA-256(0x01, left, right).
${rules === undefined ? "" : rowsByHand}
## What was found when it was made

${predicate.findings_total === 0 ? "Nothing was wrong." : `**${predicate.findings_total} findings**: \`${bundleFiles.report}\` lists them.`} ${
    predicate.unanchored_rows === 0
      ? "Every event stands under a checkpoint."
      : `The newest ${predicate.unanchored_rows} events are newer than the newest checkpoint: ${signer === null ? "nobody" : "only the signature on the report"} vouches for them.`
  }

Keys that were used:

${keys.length === 0 ? "    none: nobody has checked the checkpoints' signatures, nor signed the report" : keys.map((key) => `    ${key.vkey}`).join("\n")}

## What no bundle can show

Events that were never written. That what an event says is true. That nothing was changed between an event and the first checkpoint after it.
`;
}

function contentsOf({
  part,
  created_at,
  row_count,
  verifier_walked,
  base,
}: Omit<BundlePredicate, "notes">): string {
  if (part === "beginning") {
    const after = base === null ? "" : `, after the ${base.size} that were pruned before`;
    return `It holds the beginning of an audit trail, ${verifier_walked} events${after}: they were pruned from their database once this was written, at ${created_at}.
The database goes on from the same Merkle tree, and an event \`audit.pruned\` in it holds the SHA-256 of \`${bundleFiles.report}\`: that is how this archive is known to be the one.`;
  }
  const pruned = base === null ? "" : `, of which the first ${base.size} were pruned before`;
  return `It holds the audit trail of one database as it was at ${created_at}: ${row_count} events${pruned}.`;
}

const rowsByHand = `   What every event's row_hash and details_hash are made of, that each leads to the one before, and that all give the checkpoints' roots:

       python3 - "$bundle" <<'EOF'
${rowScript.replaceAll(/^/gm, "       ")}
       EOF

   Redactions and prunings, the events that record them, and the proofs are for custody to check.
`;

const prefixOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1").replace(/ 0 $/, "");
const signed = `3. The report's signature is Ed25519 over \`DSSEv1\`, the lengths and the payload:

       { printf '${prefixOf(preAuthenticationEncoding(inTotoPayloadType, new Uint8Array(0)))} %s ' "$(wc -c < statement.json | tr -d ' ')"; cat statement.json; } > message
       jq -r '.signatures[0].sig' "$bundle/${bundleFiles.report}" | base64 -d > message.sig
       openssl pkeyutl -verify -pubin -keyform DER -inkey key.der -rawin -in message -sigfile message.sig
`;
const unsigned = `3. Nobody has signed the report: its digests say that files belong together, not whose they are.
`;
