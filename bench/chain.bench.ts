import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { benchCertctl, benchCustody, benchMemory } from "./chain/verify.ts";
import { startChainServer } from "./support/chain-server.ts";
import { build } from "./support/processes.ts";

/**
 * What verifying the audit chain costs, as ratios: against psql's COPY of the same columns in the same order to /dev/null, in turns, whole
 * processes; against the verifier of certctl's design inside the database; and the most memory that it holds. CUSTODY_BENCH_ROWS
 * makes the chains smaller, CUSTODY_BENCH_ROUNDS the turns fewer. What appending costs: bench/append.bench.ts.
 */

const rows = Number(process.env["CUSTODY_BENCH_ROWS"] ?? 1_000_000);
const rounds = Number(process.env["CUSTODY_BENCH_ROUNDS"] ?? 9);
const folder = mkdtempSync(join(tmpdir(), "custody-bench-"));
const binary = join(folder, "custody");

try {
  build(binary);
  await using server = await startChainServer();
  const bench = { server, binary, folder, rows, rounds };
  await benchCustody(bench);
  await benchCertctl(bench);
  await benchMemory(bench, [rows / 10, rows, 5 * rows]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
