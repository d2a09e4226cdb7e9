import { resolve } from "node:path";
import { unreadableProof } from "../../audit/proof/tlog-proof.ts";
import { OpsError } from "../../errors.ts";
import { readTrust } from "../read-trust.ts";
import { readTrustedProfiles } from "../trusted-profile.ts";
import type { CheckProofPorts } from "./feature.ts";
import { readSmallFile } from "../../run/read-small-file.ts";

/** As long a row as a bundle may hold, in base64, and room. Other programs' chains have no limit of their own. */
const mostMiB = 128;

export function proofFiles({ cwd }: { readonly cwd: string }): CheckProofPorts {
  return {
    readTrust: (input) => readTrust(input, cwd),
    readProfiles: (input) => readTrustedProfiles(input.profile, cwd),
    async readProof(path) {
      const bytes = await readSmallFile(resolve(cwd, path), mostMiB).catch((cause: unknown) => {
        throw new OpsError(
          "file-unreadable",
          `cannot read the proof ${path}: ${cause instanceof Error ? cause.message : String(cause)}`,
          "check the path and who may read it",
          { cause },
        );
      });
      try {
        return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
      } catch (cause) {
        throw unreadableProof(path, "it is not valid UTF-8", cause);
      }
    },
  };
}
