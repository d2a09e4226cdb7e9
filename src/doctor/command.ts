import { resolve } from "node:path";
import { environmentNamesDatabase } from "../postgres/settings.ts";
import { defineCommand } from "../run/command.ts";
import { openDoctorPorts } from "./adapters/doctor-ports.ts";
import { doctor } from "./feature.ts";
import { doctorInput } from "./input.ts";

export const command = defineCommand({
  flags: {
    "db-url": {
      type: "string",
      value: "URL",
      describe: "The database to look at: libpq URI, key=value, or env (the default where it names one)",
    },
    "pg-bin": { type: "string", value: "DIR", describe: "The folder of PostgreSQL's programs" },
  },
  examples: [
    ["custody doctor", "what is here, what is missing, and how to get it"],
    ["custody doctor --db-url postgres://reader@db/shop", "also whether this role can back the database up"],
  ],
  async handler(flags, shell) {
    const fallback = environmentNamesDatabase(shell.env) ? "env" : null;
    const input = doctorInput.parse({ dbUrl: flags.dbUrl ?? fallback });
    const pgBin = flags.pgBin === undefined ? undefined : resolve(shell.cwd, flags.pgBin);
    const ports = openDoctorPorts({ env: shell.env, pgBin, signal: shell.signal });
    return await shell.run(doctor, input, ports);
  },
});
