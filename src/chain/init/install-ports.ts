import { grantAppender, installChain, requireRoles } from "../../audit/install-chain.ts";
import type { Environment } from "../../postgres/settings.ts";
import { openDatabase } from "../open-database.ts";
import type { InitPorts } from "./feature.ts";

export function installPorts(world: { readonly env: Environment; readonly signal: AbortSignal }): InitPorts {
  return {
    async open({ dbUrl }) {
      const session = await openDatabase(dbUrl, { ...world, applicationName: "chain init" });
      return {
        requireRoles: (roles) => requireRoles(session, roles),
        install: (schema) => installChain(session, { schema }),
        grantAppender: (schema, role) => grantAppender(session, { schema, role }),
        [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
      };
    },
  };
}
