import { z } from "zod";

/** What `custody doctor` is asked to look at. */
export const doctorInput = z.strictObject({
  /** A libpq URI, a key=value string or `env`; null looks at this machine alone. Holds secrets. */
  dbUrl: z.string().nullable(),
});

export type DoctorInput = z.infer<typeof doctorInput>;
