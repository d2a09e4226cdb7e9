import { expect } from "bun:test";
import { connect } from "../../src/postgres/connect.ts";
import type { ScratchCluster } from "../../src/postgres/scratch-cluster.ts";
import type { WireDecider } from "../../src/proxy/sessions/ports.ts";
import { startTestProxy } from "./postgres-session.ts";
import type { TestProxy } from "./postgres-session.ts";
import { rawClient } from "./raw-postgres.ts";
import type { RawClient } from "./raw-postgres.ts";
import { scriptedDecider } from "./told-outcomes.ts";
import type { Script } from "./told-outcomes.ts";

type Rows = readonly Readonly<Record<string, unknown>>[];

/** A server that is asked both ways: through a proxy that decides as it is told, byte by byte, and directly. */
interface AskedServer {
  startProxy(decider: WireDecider): Promise<TestProxy & { readonly connect: () => Promise<RawClient> }>;
  /** The proxy may warn of nothing. */
  withClient(
    script: Script,
    work: (client: RawClient, decider: ReturnType<typeof scriptedDecider>) => Promise<void>,
  ): Promise<void>;
  rows(statement: string): Promise<Rows>;
  /** Those that begin with `r_`. */
  roles(): Promise<readonly string[]>;
}

export function askBothWays({ settings }: ScratchCluster): AskedServer {
  const [place] = settings.hosts;
  const path = `${place?.host}/.s.PGSQL.${place?.port}`;
  async function rows(statement: string): Promise<Rows> {
    await using session = await connect(settings, { applicationName: "test" });
    return await session.sql.unsafe(statement);
  }
  const startProxy: AskedServer["startProxy"] = async (decider) => {
    const proxy = await startTestProxy({ server: { kind: "unix", path }, decider });
    const who = { user: settings.user, database: "postgres" };
    return { ...proxy, connect: () => rawClient({ port: proxy.port }, who) };
  };
  return {
    rows,
    startProxy,
    async withClient(script, work) {
      const decider = scriptedDecider(script);
      await using proxy = await startProxy(decider);
      await using client = await proxy.connect();
      await work(client, decider);
      expect(proxy.warnings).toEqual([]);
    },
    async roles() {
      const found = await rows("select rolname from pg_roles where rolname like 'r\\_%' order by 1");
      return found.map((row) => String(row["rolname"]));
    },
  };
}

/** The errors that it has been told, as they came. */
export function errorsOf(client: RawClient): readonly string[] {
  return client.answers.filter(({ type }) => type === "E").map(({ body }) => body.toString());
}
