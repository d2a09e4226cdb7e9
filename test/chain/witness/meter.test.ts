import { expect, test } from "bun:test";
import { join } from "node:path";
import { answerRequest } from "../../../src/chain/answer-request.ts";
import { witnessPorts } from "../../../src/chain/witness/adapters/witness-ports.ts";
import { createMeter, meterPages } from "../../../src/chain/witness/meter.ts";
import { parseFamilies } from "../../../src/run/exposition.ts";
import { testKey } from "../../support/notes.ts";
import { temporaryFolder } from "../../support/run-commands.ts";
import { testLog } from "../../support/test-log.ts";
import { post, writeWitnessKey } from "../../support/witness.ts";

const key = testKey("example.com/audit", 1);
const [one, two] = [testLog(key, "example.com/audit/1", 20), testLog(key, "example.com/audit/2", 20)];

test("a witness counts what it is asked, whoever reads its facts, and the origins that it remembers", async () => {
  using folder = temporaryFolder();
  const input = {
    listen: { host: "127.0.0.1", port: 0 },
    key: writeWitnessKey(folder.path),
    stateDir: join(folder.path, "state"),
    logs: [key.vkey],
    policy: null,
  };
  const meter = createMeter();
  const series = (): ReadonlyMap<string, number> => {
    const asked = { method: "GET", path: "/metrics", authorization: undefined };
    const families = parseFamilies(answerRequest(asked, meterPages(meter, "shop"), null).body);
    return new Map(families.flatMap((each) => each.samples.map(({ series: name, value }) => [name, value])));
  };
  expect(series().get('shop_witness_requests_total{outcome="conflict"}')).toBe(0);
  expect(series().get("shop_witness_last_cosigned_timestamp_seconds")).toBeNaN();
  {
    await using witness = await witnessPorts({ cwd: folder.path, meter }).start({ ...input, begin: true });
    await post(witness.url, one.submission(0, 5));
    await post(witness.url, one.submission(5, 9));
    await post(witness.url, two.submission(0, 5));
    await post(witness.url, testLog(key, one.origin, 20, 3).submission(9, 9));
    await post(witness.url, "nonsense");
  }
  const counted = series();
  expect(counted.get('shop_witness_requests_total{outcome="cosigned"}')).toBe(3);
  expect(counted.get('shop_witness_requests_total{outcome="conflict"}')).toBe(1);
  expect(counted.get('shop_witness_requests_total{outcome="malformed"}')).toBe(1);
  expect(counted.get("shop_witness_origins")).toBe(2);
  expect(counted.get("shop_witness_last_cosigned_timestamp_seconds")).toBeGreaterThan(1e9);
  const again = createMeter();
  await using _witness = await witnessPorts({ cwd: folder.path, meter: again }).start({
    ...input,
    begin: false,
  });
  expect(again.origins).toBe(2);
});
