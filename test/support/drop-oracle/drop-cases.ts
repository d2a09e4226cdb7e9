import type { ScratchCluster } from "../../../src/postgres/scratch-cluster.ts";
import { adminCases } from "./cases/admins.ts";
import { conversations } from "./cases/conversations.ts";
import { encodings } from "./cases/encodings.ts";
import { sized } from "./cases/sized.ts";
import { spared } from "./cases/spared.ts";
import { mixed, moved, tables } from "./cases/tables.ts";
import type { DropCase } from "./drop-case.ts";

/** All of them, in a cluster: some go round to it by a connection of the server's own. */
export function dropCases({ settings, installation: { major } }: ScratchCluster): readonly DropCase[] {
  const [place] = settings.hosts;
  const self = `host=${place?.host} port=${place?.port} user=${settings.user} dbname=shop`;
  return [
    ...tables,
    ...mixed,
    ...moved,
    ...conversations,
    ...encodings,
    ...spared,
    ...sized,
    ...adminCases({ dsn: self, psql: `psql -q "${self}"`, major }),
  ];
}
