import type { ReportFormat } from "../run/shell.ts";
import { createGithub } from "./github.ts";
import { createHuman } from "./human.ts";
import { createJson } from "./json.ts";
import { createJsonLines } from "./json-lines.ts";
import { createJunit } from "./junit.ts";
import { createPrometheus } from "./prometheus.ts";
import { createSarif } from "./sarif.ts";
import type { Reporter, ReporterOptions } from "./reporter.ts";

/** Every format that a run can be told in. */
export const reporters: Readonly<Record<ReportFormat, (options: ReporterOptions) => Reporter>> = {
  human: createHuman,
  json: createJson,
  jsonl: createJsonLines,
  junit: createJunit,
  github: createGithub,
  sarif: createSarif,
  prometheus: createPrometheus,
};
