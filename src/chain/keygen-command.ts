import { defineCommand } from "../run/command.ts";
import { chainKeygen, requireKeygenInput } from "./keygen/feature.ts";
import { keygenPorts } from "./keygen/keygen-ports.ts";

export const command = defineCommand({
  flags: {
    name: {
      type: "string",
      value: "NAME",
      describe:
        "What the key is called, like a URL without its scheme; the origin of its checkpoints begins so",
      required: true,
    },
    out: {
      type: "string",
      value: "FILE",
      describe: "Where the key goes (0600); its public half goes to FILE.pub. Neither may be there yet",
      required: true,
    },
    replaces: {
      type: "string",
      value: "FILE",
      describe: "The key that it takes the place of; FILE.replaces then says so, signed by both",
    },
    witness: {
      type: "boolean",
      describe: "A key that cosigns others' checkpoints: custody chain witness. It signs none of its own",
    },
  },
  examples: [
    ["custody chain keygen --name example.com/audit --out audit.key", "a key that signs checkpoints"],
    [
      "custody chain keygen --name example.com/audit --out new.key --replaces audit.key",
      "who trusts the old key can trust the new one",
    ],
    ["custody chain keygen --witness --name example.org/w1 --out w1.key", "a witness's key"],
  ],
  async handler(flags, shell) {
    const input = requireKeygenInput({
      name: flags.name,
      out: flags.out,
      replaces: flags.replaces ?? null,
      isWitness: flags.witness,
    });
    return shell.run(chainKeygen, input, keygenPorts(shell));
  },
});
