/**
 * Does some work that waits for nothing as a user whom file modes bind: where the tests run as root, as nobody (65534), and as root again
 * afterwards. What it reads must be open to everybody but for what it is about.
 */
export function withoutRoot<T>(work: () => T): T {
  if (process.geteuid?.() !== 0) return work();
  process.seteuid?.(65_534);
  try {
    if (process.geteuid() === 0) throw new Error("root was kept");
    return work();
  } finally {
    process.seteuid?.(0);
  }
}
