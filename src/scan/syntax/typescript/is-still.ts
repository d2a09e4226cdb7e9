import type { Expression } from "../syntax.ts";

/** Whether reading a value again runs nothing. */
export function isStill(value: Expression): boolean {
  switch (value.is) {
    case "text":
    case "name":
    case "pattern":
      return true;
    case "join":
      return value.parts.every(isStill);
    case "list":
      return value.items.every(isStill);
    case "map":
      return value.entries.every((entry) => isStill(entry.value));
    case "choice":
      return value.options.every(isStill);
    case "other":
      return value.inside.every(isStill);
    case "member":
      return isStill(value.of);
    case "index":
      return isStill(value.of) && isStill(value.key);
    case "call":
    case "compare":
    case "format":
    case "function":
      return false;
  }
}
