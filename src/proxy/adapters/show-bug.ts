/** With its stack: whoever reports it has nothing else. */
export function showBug(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
