import { chooseInstallation, findInstallations } from "../../postgres/installations.ts";
import type { Environment } from "../../postgres/settings.ts";
import type { DoctorPorts } from "../ports.ts";
import { examineDatabase } from "./examine-database.ts";
import { findLocalServers } from "./local-servers.ts";
import { tryScratch } from "./try-scratch.ts";

interface PortOptions {
  readonly env: Environment;
  readonly pgBin: string | undefined;
  readonly signal: AbortSignal;
}

/** The real thing behind every port. */
export function openDoctorPorts({ env, pgBin, signal }: PortOptions): DoctorPorts {
  const search = { env, ...(pgBin === undefined ? {} : { pgBin }) };
  return {
    async findInstallations() {
      const found = await findInstallations(search);
      return found.map((each) => ({ ...each, tools: [...each.tools] }));
    },
    findServers: () => findLocalServers(signal),
    async tryScratch(source) {
      const found = await findInstallations(search);
      const client = chooseInstallation(found, {
        tools: ["pg_dump", "pg_restore", "psql"],
        ...(source === null ? {} : { atLeast: source.major }),
      });
      // Without a source, smoke dumps from the throwaway server itself.
      const server = chooseInstallation(found, {
        tools: ["initdb", "postgres"],
        ...(source === null ? { atMost: client.major } : { prefer: source.major }),
      });
      return await tryScratch({ server, client, env, signal });
    },
    examineDatabase: (dbUrl) => examineDatabase(dbUrl, env, signal),
  };
}
