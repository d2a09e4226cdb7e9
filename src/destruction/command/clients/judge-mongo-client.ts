import type { Destruction } from "../../destruction.ts";
import { judgeMongoScript } from "../../mongo/judge-mongo.ts";
import { programName, within, type Command } from "../command.ts";
import { hasOption, readOptions, valuesOf } from "../read-options.ts";

const programs: ReadonlySet<string> = new Set(["mongosh", "mongo", "mongo-shell"]);
const valued = new Set(
  "--eval --host --port -u --username -p? --password --authenticationDatabase --authenticationMechanism --file -f --tlsCAFile --sslCAFile --tlsCertificateKeyFile --apiVersion".split(
    " ",
  ),
);

/** Judges a command of MongoDB's shell: what `--eval` holds, else its input. Null when it is no such shell. */
export function judgeMongoClient(command: Command): readonly Destruction[] | null {
  const [program, ...rest] = command.words;
  if (program === undefined) return null;
  const name = programName(program);
  if (name === "mongorestore" && rest.some(({ text }) => text === "--drop")) {
    return [
      { kind: "collection", what: "mongorestore --drop", names: [], at: program.at, certainty: "certain" },
    ];
  }
  if (!programs.has(name)) return null;
  const read = readOptions(rest, valued);
  const scripts = valuesOf(read, ["--eval"]);
  const judged = scripts.flatMap((script) => within(script, judgeMongoScript(script.text)));
  const readsFile =
    hasOption(read, ["-f", "--file"]) || read.operands.some(({ text }) => /\.m?js$/.test(text));
  if (command.input === null || scripts.length > 0 || readsFile) return judged;
  return within(command.input, judgeMongoScript(command.input.text));
}
