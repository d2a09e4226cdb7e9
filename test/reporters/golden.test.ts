import { expect, test } from "bun:test";
import { reportFormats } from "../../src/run/shell.ts";
import { expectGolden } from "../support/golden.ts";
import { plainOptions, recordExample, render } from "../support/run-example.ts";

const endings = ["good", "bad", "not-run", "refused"] as const;

for (const ending of endings) {
  for (const format of reportFormats) {
    test(`${format} of a run that ends ${ending}`, async () => {
      expectGolden(`reporters/${ending}.${format}`, render(format, await recordExample(ending)));
    });
  }
}

test("human with colours", async () => {
  const options = { ...plainOptions, style: { color: true, unicode: true } };
  expectGolden("reporters/bad.human-color", render("human", await recordExample("bad"), options));
});

test("human in a locale without UTF-8", async () => {
  const options = { ...plainOptions, style: { color: false, unicode: false } };
  const text = render("human", await recordExample("bad"), options);
  expectGolden("reporters/bad.human-ascii", text);
  expect(text).toMatch(/^[\n\u0020-\u007e]*$/);
});

test("human, quiet", async () => {
  const text = render("human", await recordExample("good"), { ...plainOptions, quiet: true });
  expect(text).toBe("fine: 3 things\nnext: custody example --again\n");
});
