import { connect } from "../../src/postgres/connect.ts";
import type { ScratchCluster } from "../../src/postgres/scratch-cluster.ts";
import type { Session } from "../../src/postgres/session.ts";
import type { ConnectionSettings } from "../../src/postgres/settings.ts";
import { freshDatabase } from "./cluster.ts";
import { appendCertctlRows, certctlSchema } from "./certctl-chain.ts";
import { appendRows, chainDatabase, prepareChains } from "./chain-database.ts";

/** A chain of either profile, for what must be true of both. */
export interface EitherChain extends AsyncDisposable {
  readonly settings: ConnectionSettings;
  /** A superuser's session. */
  readonly admin: Session;
  /** Another session of the chain's owner. */
  open(): Promise<Session>;
}

export interface ChainKind {
  readonly profile: "custody" | "certctl";
  /** What a checkpoint needs beside the key. */
  readonly origin: readonly string[];
  /** Of a database of its own, with an empty chain. */
  create(cluster: ScratchCluster): Promise<EitherChain>;
  /** `count` events in one transaction: ids `<prefix>1`, `<prefix>2` … */
  append(session: Session, count: number, prefix?: string): Promise<void>;
  /**
   * What the owner does to hide what came after `remember`: every row is numbered and hashed again in the order that
   * `remember` wrote down, and the head is mended. A row that was inserted since must be written down too, as `place`.
   */
  readonly remember: string;
  readonly mend: string;
  /** Cuts off the rows after `e<to>`, and mends the head. */
  cut(to: number): string;
}

const writerColumns = "id, actor, actor_type, action, resource_type, resource_id";

/** An INSERT of one event with a timestamp, the same for both. */
export const insertAt = (id: string, timestamp: string): string =>
  `insert into public.audit_events (${writerColumns}, "timestamp") values ('${id}', 'ann', 'User', 'thing.made', 'thing', '1', ${timestamp})`;

const remember = (order: string): string => `
  create temp table places (row_hash text, place numeric) on commit drop;
  insert into pg_temp.places select e.row_hash::text, row_number() over (order by ${order}) from public.audit_events e`;

export const custodyKind: ChainKind = {
  profile: "custody",
  origin: [],
  create: chainDatabase,
  append: appendRows,
  remember: remember("e.seq"),
  mend: `
    do $$ declare r record; previous bytea; n bigint := 0; begin
      select public.audit_chain_genesis(chain_id) into previous from public.audit_chain_head;
      update public.audit_events set seq = null;
      for r in select e.ctid as at, e.* from public.audit_events e join pg_temp.places p on p.row_hash = e.row_hash::text order by p.place loop
        n := n + 1;
        if r.details is not null or r.details_salt is not null then
          r.details_hash := public.audit_events_details_hash(r.details_salt, convert_to(r.details::text, 'UTF8'));
        end if;
        r.prev_hash := previous;
        previous := public.audit_events_row_hash(previous, n, r.id, r."timestamp", r.actor, r.actor_type, r.action,
          r.resource_type, r.resource_id, r.event_category, r.recorded_at, r.recorded_by, r.details_hash);
        update public.audit_events e set seq = n, details_hash = r.details_hash, prev_hash = r.prev_hash, row_hash = previous where e.id = r.id;
      end loop;
      update public.audit_chain_head set seq = n, row_hash = case n when 0 then '' else encode(previous, 'hex') end;
    end $$`,
  cut: (to) => `
    delete from audit_events where substr(id, 2)::int > ${to};
    update audit_chain_head h set (seq, row_hash) = (select seq, encode(row_hash, 'hex') from audit_events where id = 'e${to}')`,
};

export const certctlKind: ChainKind = {
  profile: "certctl",
  origin: ["--origin", "example.com/certctl"],
  async create(cluster) {
    const stack = new AsyncDisposableStack();
    const database = stack.use(await freshDatabase(cluster, { template: certctlTemplate }));
    const { settings } = database;
    const open = async (): Promise<Session> =>
      stack.use(await connect(settings, { applicationName: "test" }));
    const admin = await open();
    return { settings, admin, open, [Symbol.asyncDispose]: () => stack.disposeAsync() };
  },
  append: (session, count, prefix = "e") => appendCertctlRows(session, count, prefix),
  // Written one after another by one session.
  remember: remember(`"timestamp", e.id`),
  mend: `
    do $$ declare r record; previous text; begin
      for r in select e.id from public.audit_events e join pg_temp.places p on p.row_hash = e.row_hash order by p.place loop
        update public.audit_events e set prev_hash = previous where e.id = r.id;
        update public.audit_events e set row_hash = public.certctl_hash(e) where e.id = r.id returning e.row_hash into previous;
      end loop;
      update public.audit_chain_head set row_hash = coalesce(previous, '');
    end $$`,
  cut: (to) => `
    delete from audit_events where substr(id, 2)::int > ${to};
    update audit_chain_head h set row_hash = (select row_hash from audit_events where id = 'e${to}')`,
};

const certctlTemplate = "certctl_template";

/** Makes the templates of both in a cluster. Call it once. */
export async function prepareBoth(cluster: ScratchCluster): Promise<void> {
  await prepareChains(cluster);
  const template = await freshDatabase(cluster, { name: certctlTemplate });
  await using session = await connect(template.settings, { applicationName: "test" });
  await session.sql.unsafe(certctlSchema);
}

export const bothKinds: readonly ChainKind[] = [custodyKind, certctlKind];
