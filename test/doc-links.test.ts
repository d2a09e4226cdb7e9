import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const root = join(import.meta.dirname, "..");

/** Where a page's relative links lead, without what is behind `#`. */
function linksOf(page: string): readonly string[] {
  const text = readFileSync(join(root, page), "utf8").replaceAll(/^```.*?^```/gms, "");
  return [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
    .map((each) => each[1] ?? "")
    .filter((each) => !/^[a-z]+:/.test(each));
}

test("every link between the pages leads to a page", async () => {
  const pages = ["README.md", ...(await Array.fromAsync(new Bun.Glob("docs/*.md").scan(root)))];
  const dead = pages.flatMap((page) =>
    linksOf(page)
      .filter((link) => !existsSync(join(root, dirname(page), link)))
      .map((link) => `${page}: ${link}`),
  );
  expect(dead).toEqual([]);
  expect(pages.flatMap(linksOf).length).toBeGreaterThan(10);
});
