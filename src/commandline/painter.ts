import type { LiveView } from "../reporters/live-view.ts";
import { beforeForcedExit } from "../run/forced-exit.ts";
import type { Writer } from "../run/shell.ts";

const frameMs = 100;
const mostRows = 8;

/** Keeps a view drawn below what is printed. Disposing it leaves the terminal as if it had never been there. */
export interface Painter extends Disposable {
  /** Runs `write`, which may print whole lines to the same terminal, above the view. */
  above(write: () => void): void;
}

/** Draws at most ten frames a second, the first after a tenth of a second: what is quick never flickers. */
export function startPainter(view: Pick<LiveView, "frame">, terminal: Writer): Painter {
  let drawn = 0;
  const erase = (): void => {
    if (drawn > 0) terminal.write(`\u001b[${drawn}A\r\u001b[J`);
    drawn = 0;
  };
  const draw = (): void => {
    erase();
    // One column is left free: some terminals wrap as soon as the last one is filled.
    const lines = view.frame(Date.now(), terminal.columns() - 1, mostRows);
    if (lines.length > 0) terminal.write(`${lines.join("\n")}\n`);
    drawn = lines.length;
  };
  const timer = setInterval(draw, frameMs);
  timer.unref();
  const forced = beforeForcedExit(erase);
  return {
    above(write) {
      erase();
      write();
    },
    [Symbol.dispose]() {
      clearInterval(timer);
      forced[Symbol.dispose]();
      erase();
    },
  };
}
