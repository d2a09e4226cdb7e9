/** Of pg_catalog, besides those that are watched by name: what a role that could destroy what others own is not to call unseen. */
export const harmfulBuiltIns: ReadonlySet<string> = new Set([
  // Run a query that they build or are given: whatever functions its views call run with it.
  "cursor_to_xmlschema",
  "table_to_xml",
  "table_to_xml_and_xmlschema",
  "schema_to_xml",
  "schema_to_xml_and_xmlschema",
  "database_to_xml",
  "database_to_xml_and_xmlschema",
  // Puts in force whatever the server's files say by now.
  "pg_reload_conf",
  // Takes the server's log from who reads it; adminpack's copy of it as well.
  "pg_rotate_logfile",
  "pg_rotate_logfile_old",
  "pg_logfile_rotate",
  // A standby that goes its own way is none any more.
  "pg_promote",
  // What a slot or an origin is moved past is lost to who reads from it.
  "pg_replication_slot_advance",
  "pg_replication_origin_advance",
  "pg_replication_origin_drop",
  "pg_replication_origin_session_setup",
  "pg_replication_origin_xact_setup",
  "pg_replication_origin_xact_reset",
  // Load a library, or compile a body, of a function that is there already.
  "fmgr_c_validator",
  "fmgr_internal_validator",
]);
