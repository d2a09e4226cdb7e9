/** With its stack: whoever reports it has nothing else. What the stack does not begin with (a ZodError's words) stands before it. */
export function showBug(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { name, message, stack = "" } = error;
  return stack.includes(message) ? stack : `${name}: ${message}\n${stack}`;
}
