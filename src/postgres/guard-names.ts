/** What `custody lockdown` puts into every database: a function in a schema of its own, which these event triggers call. */
export const guardSchema = "custody_guard";
export const guardName = "refuse_destruction";
export const guardTriggerNames = { command: "custody_guard_command", drop: "custody_guard_drop" } as const;
