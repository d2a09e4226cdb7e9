import { expect, test } from "bun:test";
import fc from "fast-check";
import { parseFamilies, renderFamilies, seriesName } from "../../src/run/exposition.ts";
import { plainOptions, recordExample, render } from "../support/run-example.ts";

test("counters go on from the file, and gauges that a run says nothing of stay", async () => {
  const first = render("prometheus", await recordExample("good"));
  const second = render("prometheus", await recordExample("bad"), { ...plainOptions, previous: first });
  const third = render("prometheus", await recordExample("good"), { ...plainOptions, previous: second });
  expect(second).toContain(
    'custody_example_total{outcome="fine"} 1\ncustody_example_total{outcome="broken"} 1',
  );
  expect(second).toContain("custody_example_last_success_timestamp_seconds 1750000000");
  expect(third).toContain(
    'custody_example_total{outcome="fine"} 2\ncustody_example_total{outcome="broken"} 1',
  );
  expect(third.match(/^# TYPE custody_example_total/gm)).toHaveLength(1);
});

test("the configured prefix stands before every name", async () => {
  const text = render("prometheus", await recordExample("good"), { ...plainOptions, metricsPrefix: "acme" });
  expect(text).not.toContain("custody");
  expect(text).toContain('acme_example_total{outcome="not-run"} 0');
});

test("a file that was no exposition is begun anew", async () => {
  const report = await recordExample("good");
  expect(render("prometheus", report, { ...plainOptions, previous: "no metrics {}\n# TYPE\n" })).toBe(
    render("prometheus", report),
  );
});

test("what is written is read back", () => {
  const name = fc.stringMatching(/^[a-z_][a-z0-9_]{0,8}$/);
  const text = fc.string({ unit: fc.constantFrom("a", "\\", '"', "\n", "}", "{", " ", "é") });
  const family = fc
    .record({
      name,
      help: text,
      type: fc.constantFrom("gauge", "counter"),
      values: fc.uniqueArray(fc.tuple(text, fc.double()), {
        selector: ([label]) => label,
        minLength: 1,
        maxLength: 4,
      }),
    })
    .map(({ values, ...rest }) => ({
      ...rest,
      samples: values.map(([label, value]) => ({
        series: seriesName(rest.name, { label }),
        value: value === 0 ? 0 : value,
      })),
    }));
  fc.assert(
    fc.property(fc.uniqueArray(family, { selector: (each) => each.name, maxLength: 3 }), (families) => {
      expect(parseFamilies(renderFamilies(families))).toEqual(families);
    }),
  );
});
