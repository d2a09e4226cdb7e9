import { exitCodes } from "../errors.ts";
import { defineCommand } from "../run/command.ts";

export const command = defineCommand({
  flags: {},
  speaks: ["human"],
  async handler(_argv, shell) {
    shell.stdout.write("\n");
    return exitCodes.good;
  },
});
