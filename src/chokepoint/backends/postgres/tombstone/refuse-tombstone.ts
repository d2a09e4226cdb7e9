import { listTables } from "../../../../backup/list-tables.ts";
import { OpsError } from "../../../../errors.ts";
import type { Session } from "../../../../postgres/connect.ts";
import { createToolbox } from "../../../../postgres/toolbox.ts";
import type { ServerRefusal } from "../../../backend.ts";
import type { Context } from "../context.ts";
import { refusal } from "../refusal.ts";
import type { ServerFacts } from "../server-facts.ts";

/**
 * What would keep the tombstone of a database from being made, found out before it is fenced: no pg_dump that knows the server, no
 * server to prove it in, tables that custody's role may not read. Codes are those of `OpsError`, but for the server's own.
 */
export async function refuseTombstone(
  context: Pick<Context, "env" | "pgBin">,
  server: ServerFacts,
  open: () => Promise<Session>,
): Promise<readonly ServerRefusal[]> {
  const toolbox = createToolbox(context);
  const missing = await asRefusals(async () => {
    await toolbox.choose({ tools: ["pg_dump"], atLeast: server.major });
    await toolbox.choose({ tools: ["initdb", "postgres"], atLeast: server.major });
  });
  // A superuser may read everything.
  const unreadable = server.isSuperuser
    ? []
    : await asRefusals(async () => {
        await using session = await open();
        await listTables(session);
      });
  return [...missing, ...unreadable];
}

async function asRefusals(work: () => Promise<void>): Promise<readonly ServerRefusal[]> {
  try {
    await work();
    return [];
  } catch (error) {
    if (!(error instanceof OpsError)) throw error;
    const code = error.code === "permission-denied" ? "42501" : error.code;
    return [refusal(code, `no tombstone could be made: ${error.message}`, { hint: error.hint })];
  }
}
