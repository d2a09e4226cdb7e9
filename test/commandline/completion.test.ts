import { expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { completionScripts } from "../../src/commandline/completion-scripts.ts";
import { runCommands, temporaryFolder } from "../support/run-commands.ts";

test.each([
  ["", "example group"],
  ["ex", "example"],
  ["group ", "one"],
  ["group one --qu", "--quiet"],
  ["example --ending ", "good bad not-run refused bug waits"],
  ["sample --ending b", "bad bug"],
  ["example --output js", "json jsonl"],
  ["example --ro", "--rows"],
  ["example --rows ", ""],
  ["nothing ", ""],
])("%p offers %p", async (line, offered) => {
  const { stdout } = await runCommands(["--complete", ...line.split(" ")]);
  expect(stdout.trim().split("\n").join(" ")).toBe(offered);
});

test("bash asks the program, with the words before the cursor", () => {
  using folder = temporaryFolder();
  const program = join(folder.path, "custody");
  writeFileSync(program, '#!/bin/sh\nprintf "%s\\n" "$@" "two words"\n');
  chmodSync(program, 0o755);
  const script = `${completionScripts.bash}
COMP_WORDS=(custody smoke --fo); COMP_CWORD=2; _custody; printf '[%s]' "\${COMPREPLY[@]}"; complete -p custody`;
  const { stdout, stderr } = spawnSync("bash", ["--norc", "-c", script], {
    encoding: "utf8",
    env: { PATH: `${folder.path}${delimiter}/usr/bin${delimiter}/bin` },
  });
  expect(stderr).toBe("");
  expect(stdout).toBe(
    "[--complete][smoke][--fo][two words]complete -o default -o nosort -F _custody custody\n",
  );
});
