import { expect, test } from "bun:test";
import { builtInProfiles } from "../../src/audit/built-in-profiles.ts";
import { explainReading } from "../../src/audit/read-base.ts";
import { explainServerError, ServerReportedError } from "../../src/postgres/explain-error.ts";

const place = { schema: "public", profile: "custody", definition: builtInProfiles[0]! };

test("a reading that a standby gave up names what keeps it from doing so, wherever it was noticed", () => {
  const error = new ServerReportedError(
    "ERROR",
    "40001",
    "canceling statement due to conflict with recovery",
  );
  for (const each of [error, explainServerError(error, "reading by COPY")]) {
    expect(explainReading(each, place)).toMatchObject({
      code: "timeout",
      message: expect.stringContaining("conflict with recovery"),
      hint: expect.stringContaining("hot_standby_feedback"),
    });
  }
});
