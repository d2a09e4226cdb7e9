import { expect, test } from "bun:test";
import { startPainter } from "../../src/commandline/painter.ts";
import { cleanUpForced } from "../../src/run/forced-exit.ts";

/** The lines that a terminal shows after what was written: text, line ends, cursor up, clear to the end. */
function screen(written: string): readonly string[] {
  const lines = [""];
  let row = 0;
  for (const [token, up] of written.matchAll(/\u001b\[(\d+)A|\u001b\[J|\r|\n|[^\u001b\r\n]+/g)) {
    if (up !== undefined) row -= Number(up);
    else if (token === "\u001b[J") lines.splice(row, lines.length, "");
    else if (token === "\n") lines[(row += 1)] ??= "";
    else if (token !== "\r") lines[row] += token;
  }
  return lines;
}

async function paint(
  end: "disposed" | "forced",
): Promise<{ during: readonly string[]; after: readonly string[] }> {
  let written = "";
  let drawn = Promise.withResolvers<void>();
  const terminal = {
    write: (text: string) => {
      written += text;
      if (text.includes("second")) drawn.resolve();
    },
    isTTY: true,
    columns: () => 80,
  };
  const view = { event: () => undefined, frame: () => ["• first", "• second"] };
  const painter = startPainter(view, terminal);
  painter.above(() => terminal.write("a line\n"));
  await drawn.promise;
  const during = screen(written);
  painter.above(() => terminal.write("another line\n"));
  drawn = Promise.withResolvers();
  await drawn.promise;
  if (end === "disposed") painter[Symbol.dispose]();
  else cleanUpForced();
  const after = screen(written);
  painter[Symbol.dispose]();
  return { during, after };
}

test.each(["disposed", "forced"] as const)(
  "a painter that is %s leaves what was printed and nothing else",
  async (end) => {
    const { during, after } = await paint(end);
    expect(during).toEqual(["a line", "• first", "• second", ""]);
    expect(after).toEqual(["a line", "another line", ""]);
  },
);
