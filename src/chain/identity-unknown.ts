/** What is said where a role may not ask which cluster it is connected to. */
export const identityUnknown =
  "this role may not ask for the cluster's identity: a restore will look like a truncation (GRANT EXECUTE ON FUNCTION pg_control_system, pg_control_checkpoint, pg_control_recovery)";
