import type { ExitCode } from "../errors.ts";
import type { Fact, Feature } from "../run/contract.ts";
import { execute } from "../run/execute.ts";
import type { Globals, ProcessEdge } from "../run/shell.ts";
import { printError } from "./print-error.ts";

/** See `Shell.run`. */
export async function runFeature<Input, Ports, Event extends Fact, Verdict extends string, State>(
  feature: Feature<Input, Ports, Event, Verdict, State>,
  input: Input,
  ports: Ports,
  edge: ProcessEdge,
  globals: Globals,
): Promise<ExitCode> {
  const report = await execute(feature, input, ports, {
    signal: edge.signal,
    observers: [
      {
        event: (envelope) => {
          if (globals.output === "jsonl") edge.stdout.write(`${JSON.stringify(envelope)}\n`);
        },
        ended: () => undefined,
      },
    ],
  });
  if (globals.output === "human") {
    for (const { text } of report.summary) edge.stdout.write(`${text}\n`);
  } else {
    edge.stdout.write(`${JSON.stringify(report.document)}\n`);
  }
  if (report.error !== null) printError(report.error, edge.stderr);
  return report.exitCode;
}
