import type { ProcessEdge } from "../../run/shell.ts";

/** SIGHUPs from now on, so that none ends what is still starting. */
export interface KeptHangups extends Disposable {
  /** One listener at a time. Called at once where any came before; several are one. */
  readonly onHangup: ProcessEdge["onHangup"];
}

export function keepHangups(source: ProcessEdge["onHangup"]): KeptHangups {
  let isMissed = false;
  let taken: (() => void) | null = null;
  const subscription = source(() => {
    if (taken === null) isMissed = true;
    else taken();
  });
  return {
    onHangup(listener) {
      taken = listener;
      if (isMissed) listener();
      isMissed = false;
      return { [Symbol.dispose]: () => void (taken = null) };
    },
    [Symbol.dispose]: () => subscription[Symbol.dispose](),
  };
}
