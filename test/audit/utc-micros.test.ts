import { expect, test } from "bun:test";
import fc from "fast-check";
import { createUtcMicrosWriter, formatUtcMicros } from "../../src/audit/utc-micros.ts";
import { connect } from "../../src/postgres/connect.ts";
import { startTestCluster } from "../support/cluster.ts";

const cluster = await startTestCluster(15);
/** Of 4713-11-24 BC and 294276-12-31, the ends of timestamptz. */
const first = -211_813_488_000_000_000n;
const last = 9_223_371_331_199_999_999n;

test("timestamps are formatted as the server's to_char formats them", async () => {
  await using session = await connect(cluster.settings, { applicationName: "test" });
  const micros = fc.sample(
    fc.oneof(
      fc.bigInt({ min: first, max: last }),
      fc.bigInt({ min: -(10n ** 17n), max: 10n ** 17n }),
      fc.bigInt({ min: -5n, max: 5n }),
    ),
    2000,
  );
  const edges = [
    first,
    last,
    0n,
    -1n,
    86_400_000_000n * -365n,
    ...[1899n, 1900n, 2000n, 2100n].map((year) => (year - 2000n) * 31_556_952_000_000n),
  ];
  const wanted = [...micros, ...edges];
  const rows = await session.sql.unsafe(
    `select to_char((timestamp '2000-01-01' + (n::bigint / 86400000000)::int * interval '1 day' + (n::bigint % 86400000000) * interval '1 microsecond'),
       'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as text from json_array_elements_text($1::text::json) with ordinality as t (n, place) order by place`,
    [JSON.stringify(wanted.map(String))],
  );
  expect(wanted.map(formatUtcMicros)).toEqual(rows.map((row) => row["text"]));
});

test("an infinite timestamp has no such form", () => {
  expect(formatUtcMicros(2n ** 63n - 1n)).toBeNull();
  expect(formatUtcMicros(-(2n ** 63n))).toBeNull();
});

test("the writer writes the same", () => {
  const write = createUtcMicrosWriter();
  fc.assert(
    fc.property(
      fc.oneof(
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }),
        fc.bigInt({ min: -9n, max: 9n }),
      ),
      (micros) => {
        const out = new Uint8Array(80);
        const bits = BigInt.asUintN(64, micros);
        const length = write(Number(BigInt.asIntN(32, bits >> 32n)), Number(BigInt.asIntN(32, bits)), out, 3);
        const text = formatUtcMicros(micros);
        expect(length).toBe(text?.length ?? -1);
        if (text !== null) expect(Buffer.from(out.subarray(3, 3 + length)).toString()).toBe(text);
      },
    ),
    { numRuns: 3000 },
  );
});
