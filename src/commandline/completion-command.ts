import { exitCodes, OpsError } from "../errors.ts";
import { defineCommand } from "../run/command.ts";
import { completionScripts } from "./completion-scripts.ts";

const shells = ["bash", "zsh", "fish"] as const;

export const command = defineCommand({
  flags: {},
  positionals: { shell: { choices: shells, describe: "bash, zsh or fish; without it, the one of $SHELL" } },
  speaks: ["human"],
  examples: [
    ['eval "$(custody completion bash)"', "in ~/.bashrc"],
    ['eval "$(custody completion zsh)"', "in ~/.zshrc, after compinit"],
    ["custody completion fish | source", "in ~/.config/fish/config.fish"],
  ],
  async handler(argv, shell) {
    const used = shell.env["SHELL"]?.split("/").at(-1);
    const wanted = argv.shell ?? shells.find((each) => each === used);
    if (wanted === undefined) {
      throw new OpsError(
        "bad-usage",
        `no completion for the shell ${used ?? "(SHELL is not set)"}`,
        "name one: custody completion bash",
      );
    }
    shell.stdout.write(completionScripts[wanted]);
    return exitCodes.good;
  },
});
