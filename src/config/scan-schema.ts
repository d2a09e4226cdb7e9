import { z } from "zod";
import { destructionKinds } from "../destruction/kinds.ts";
import { policyRules, severities } from "./scan-rules.ts";

const text = z.string().min(1);

/** A function: `name`, `(*Type).Name`, `package.Name` or `path#name`. */
const functionName = text.refine((name) => !/\s{2}|^\s|\s$|\n/.test(name), {
  error: "is no function's name: write guardedDrop, (*Type).Method, package.Name or path#name",
});

/** The section `scan` of `custody.yaml`. */
export const scanSchema = z.strictObject({
  paths: z.array(text).optional(),
  ignore: z.array(text).optional(),
  chokepoint: z.array(functionName).optional(),
  sanctioned: z.array(functionName).optional(),
  roots: z.array(functionName).optional(),
  destroys: z.partialRecord(z.enum(destructionKinds), z.array(functionName)).optional(),
  kinds: z.array(z.enum(destructionKinds)).optional(),
  severities: z
    .partialRecord(z.enum([...destructionKinds, ...policyRules]), z.enum([...severities, "off"]))
    .optional(),
  allow_unparsed: z.boolean().optional(),
  baseline: text.optional(),
});

export type ScanSection = z.output<typeof scanSchema>;
