import { findChain } from "../../audit/find-chain.ts";
import { requireGuards } from "../../audit/guards/require-guards.ts";
import { redactEvent } from "../../audit/redact-event.ts";
import { askCatalog } from "../../audit/secure-reading.ts";
import type { Environment } from "../../postgres/settings.ts";
import { openDatabase } from "../open-database.ts";
import { requireOwnChain } from "../require-own-chain.ts";
import type { RedactPorts } from "./feature.ts";

export function redactPorts(world: { readonly env: Environment; readonly signal: AbortSignal }): RedactPorts {
  return {
    async redact({ dbUrl, schema, id, reason, actor }) {
      await using session = await openDatabase(dbUrl, { ...world, applicationName: "chain redact" });
      const found = await askCatalog(session, () => findChain(session, { schema: schema ?? undefined }));
      const place = requireOwnChain(session, found, schema, "an erased row would not give its hash any more");
      await requireGuards(session, place.schema);
      return await redactEvent(session, place, { id, reason, actor });
    },
  };
}
