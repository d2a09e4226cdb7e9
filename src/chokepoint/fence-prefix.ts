/** How whatever stands behind a fence is called, before its drop's id: what puts up fences and what looks for them agree by this. */
export const fencePrefix = "custody_tomb_";
