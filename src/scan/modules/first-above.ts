import { dirname } from "node:path/posix";

/** What is found in a folder, or in the nearest above it. */
export function firstAbove<T>(folder: string, find: (folder: string) => T | null): T | null {
  const found = find(folder);
  const above = dirname(folder);
  return found !== null || above === folder ? found : firstAbove(above, find);
}
