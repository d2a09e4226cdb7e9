/** The numbers that a client has given its requests. */
export interface UsedNumbers {
  /** Gives one to a request; false where an earlier one may have it, whose answer may still come. */
  use(requestId: number): boolean;
}

/** Drivers count up: whatever is above all before it is new, and nothing else needs to be remembered. */
export function openUsedNumbers(): UsedNumbers {
  let highest = -Infinity;
  return {
    use(requestId) {
      if (requestId <= highest) return false;
      highest = requestId;
      return true;
    },
  };
}
