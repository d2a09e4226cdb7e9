import { appendEvents } from "../../audit/append-events.ts";
import { findChain } from "../../audit/find-chain.ts";
import { OpsError } from "../../errors.ts";
import type { Environment } from "../../postgres/settings.ts";
import { noChain, openDatabase } from "../open-database.ts";
import type { AppendPorts } from "./feature.ts";

export function appendPorts(world: { readonly env: Environment; readonly signal: AbortSignal }): AppendPorts {
  return {
    async append({ dbUrl, schema, event }) {
      await using session = await openDatabase(dbUrl, { ...world, applicationName: "chain append" });
      const place = await findChain(session, { schema: schema ?? undefined, profile: "custody" });
      if (place === null)
        throw noChain(session, ` of custody's${schema === null ? "" : ` in schema ${schema}`}`);
      const [appended] = await appendEvents(session, place, [event]);
      if (appended === undefined)
        throw new OpsError("server-error", "nothing was appended", "append it again");
      return appended;
    },
  };
}
