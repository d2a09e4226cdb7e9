/** Does some work that goes as deep as a source is nested; false when that was deeper than there is stack for. */
export function withinStack(work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (error instanceof RangeError && /call stack/i.test(error.message)) return false;
    throw error;
  }
}
