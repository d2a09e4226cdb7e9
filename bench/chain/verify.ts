import { findChain } from "../../src/audit/find-chain.ts";
import { createRowCheck } from "../../src/audit/row-check.ts";
import { verifyChain } from "../../src/audit/verify-chain.ts";
import type { VerifyOptions } from "../../src/audit/verify-chain.ts";
import { appendEvents, fillChain } from "../support/chain-server.ts";
import type { ChainDatabase, ChainServer } from "../support/chain-server.ts";
import { atLeast, atMost, median, medianRatio, report, run } from "../support/processes.ts";
import { fillCertctlChain } from "./certctl-chain.ts";

export interface Bench {
  readonly server: ChainServer;
  readonly binary: string;
  readonly folder: string;
  readonly rows: number;
  readonly rounds: number;
}

/** psql's COPY of the columns that verification reads, in the order in which it reads them. */
async function copyOf({ session }: ChainDatabase): Promise<string> {
  const place = await findChain(session);
  if (place === null) throw new Error("the chain is gone");
  const { order, sort, columns } = place.definition;
  const keys = (order === "seq" ? [columns.seq ?? ""] : sort).map((each) => `t."${each}"`).join(", ");
  const { expressions } = createRowCheck(place.definition);
  return `COPY (SELECT ${expressions.join(", ")} FROM ONLY public.audit_events t ORDER BY ${keys}) TO STDOUT (FORMAT binary)`;
}

/** Whole processes in turns: psql's COPY to /dev/null, then `chain verify`; the first round warms the caches. */
async function turns(
  { server, binary, folder, rounds }: Bench,
  database: ChainDatabase,
  programs: readonly (readonly [command: string, args: readonly string[]])[],
): Promise<{ readonly seconds: readonly (readonly number[])[]; readonly residentMb: number }> {
  const copy = database.psqlArgs(await copyOf(database));
  const all: (readonly [string, readonly string[]])[] = [[server.psql, copy], ...programs];
  const seconds = all.map((): number[] => []);
  let residentMb = 0;
  for (let round = 0; round <= rounds; round += 1) {
    for (const [index, [command, args]] of all.entries()) {
      const ran = await run(command, args, folder);
      if (command === binary) residentMb = Math.max(residentMb, ran.residentMb);
      if (round > 0) seconds[index]?.push(ran.seconds);
    }
  }
  return { seconds, residentMb };
}

const shown = (values: readonly number[]): string => `${median(values).toFixed(2)} s`;
const ratio = (value: number): string => `${value.toFixed(2)} x`;

/** custody's profile: against psql's COPY; two jobs; ten thousand new rows since the last verification. */
export async function benchCustody(bench: Bench): Promise<void> {
  await using database = await bench.server.database("bench_custody");
  await fillChain(database, bench.rows);
  const verify = ["chain", "verify", "--db-url", database.dsn];
  const { seconds, residentMb } = await turns(bench, database, [
    [bench.binary, verify],
    [bench.binary, [...verify, "--jobs", "2"]],
  ]);
  const [copied = [], verified = [], parallel = []] = seconds;
  report(`psql COPY of ${bench.rows} rows to /dev/null`, shown(copied));
  const one = medianRatio(verified, copied);
  report("chain verify", `${shown(verified)}   ${ratio(one)}`, atMost(one, 1.05));
  report("chain verify --jobs 2", `${shown(parallel)}   ${ratio(medianRatio(parallel, copied))}`);
  report("most memory that it held, --jobs 2 included", `${residentMb.toFixed(0)} MB`);
  await benchIncremental(database, bench.rounds);
}

async function benchIncremental(database: ChainDatabase, rounds: number): Promise<void> {
  const { session } = database;
  const place = await findChain(session);
  if (place === null) throw new Error("the chain is gone");
  const timed = async (
    options: VerifyOptions,
  ): Promise<{ seconds: number; mark: VerifyOptions["since"] }> => {
    await session.sql.unsafe("begin isolation level repeatable read read only");
    const started = performance.now();
    const { mark, findingsTotal } = await verifyChain(session, place, options);
    const seconds = (performance.now() - started) / 1000;
    await session.sql.unsafe("commit");
    if (findingsTotal > 0) throw new Error("the chain is broken");
    return { seconds, ...(mark === null ? { mark: undefined } : { mark }) };
  };
  const { mark } = await timed({ markRows: 0 });
  if (mark === undefined) throw new Error("there is no mark");
  await appendEvents(session, 10_000);
  const [whole, since]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    whole.push((await timed({})).seconds);
    since.push((await timed({ since: mark })).seconds);
  }
  const share = 100 * medianRatio(since, whole);
  report(
    "10 000 new rows since the last verification, of a full one",
    `${(1000 * median(since)).toFixed(0)} ms   ${share.toFixed(1)} %`,
    atMost(share, 3, " %"),
  );
}

/** certctl's profile: ours against psql's ordered COPY, and against its own verifier. */
export async function benchCertctl(bench: Bench): Promise<void> {
  await using database = await bench.server.database("bench_certctl");
  await fillCertctlChain(database, bench.rows);
  const own = database.psqlArgs("select * from certctl_verify()");
  const { seconds, residentMb } = await turns({ ...bench, rounds: Math.min(bench.rounds, 5) }, database, [
    [bench.binary, ["chain", "verify", "--db-url", database.dsn]],
    [bench.server.psql, own],
  ]);
  const [copied = [], verified = [], inside = []] = seconds;
  report(`certctl: psql's ordered COPY of ${bench.rows} rows`, shown(copied));
  const ours = medianRatio(verified, copied);
  report("certctl: chain verify", `${shown(verified)}   ${ratio(ours)}`, atMost(ours, 1.3));
  const faster = medianRatio(inside, verified);
  report(
    "certctl: its plpgsql verifier, of ours",
    `${shown(inside)}   ${ratio(faster)}`,
    atLeast(faster, 2.5),
  );
  report("certctl: most memory that it held", `${residentMb.toFixed(0)} MB`, atMost(residentMb, 120, " MB"));
}

/** What verification holds in memory, whatever the size of the chain. */
export async function benchMemory(bench: Bench, sizes: readonly number[]): Promise<void> {
  await using database = await bench.server.database("bench_memory");
  let rows = 0;
  for (const size of sizes) {
    if (rows === 0) await fillChain(database, size);
    else await appendEvents(database.session, size - rows);
    rows = size;
    const { residentMb, seconds } = await run(
      bench.binary,
      ["chain", "verify", "--db-url", database.dsn],
      bench.folder,
    );
    report(
      `memory at ${rows} rows (${seconds.toFixed(1)} s)`,
      `${residentMb.toFixed(0)} MB`,
      atMost(residentMb, 120, " MB"),
    );
  }
}
