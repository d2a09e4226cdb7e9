/** Functions of pg_catalog that programs call everywhere and that do nothing but compute; what is allowed where nobody asked pg_proc. */
export const builtInFunctions: ReadonlySet<string> = new Set(
  (
    "abs age any_value array_agg array_append array_cat array_length array_position array_remove array_to_json array_to_string " +
    "avg bit_and bit_or bool_and bool_or btrim cardinality ceil ceiling char_length clock_timestamp coalesce concat concat_ws " +
    "convert_from convert_to corr count current_database current_schema current_schemas current_setting date date_bin date_part date_trunc decode " +
    "dense_rank div encode every exp extract first_value floor format format_type gen_random_uuid generate_series generate_subscripts " +
    "greatest has_database_privilege has_schema_privilege has_table_privilege hashtext hashtextextended inet_client_addr " +
    "inet_server_addr initcap isfinite json_agg json_array_elements json_array_elements_text json_build_array json_build_object " +
    "json_each json_each_text json_extract_path json_extract_path_text json_object json_object_agg json_populate_record " +
    "json_populate_recordset json_to_record json_to_recordset json_typeof jsonb_agg jsonb_array_elements jsonb_array_elements_text " +
    "jsonb_array_length jsonb_build_array jsonb_build_object jsonb_each jsonb_each_text jsonb_extract_path jsonb_extract_path_text " +
    "jsonb_insert jsonb_object jsonb_object_agg jsonb_object_keys jsonb_path_exists jsonb_path_query jsonb_path_query_array " +
    "jsonb_populate_record jsonb_pretty jsonb_set jsonb_strip_nulls jsonb_to_record jsonb_to_recordset jsonb_typeof justify_days " +
    "justify_hours justify_interval lag last_value lead least left length ln log lower lpad ltrim make_date make_interval make_time " +
    "make_timestamp make_timestamptz max md5 min mod mode money nextval currval lastval setval now nth_value ntile nullif obj_description " +
    "octet_length overlay percent_rank percentile_cont percentile_disc pg_backend_pid pg_column_size pg_database_size " +
    "pg_encoding_to_char pg_get_constraintdef pg_get_expr pg_get_functiondef pg_get_indexdef pg_get_partkeydef pg_get_ruledef " +
    "pg_get_serial_sequence pg_get_triggerdef pg_get_userbyid pg_get_viewdef pg_is_in_recovery pg_postmaster_start_time " +
    "pg_relation_size pg_size_pretty pg_sleep pg_table_is_visible pg_table_size pg_total_relation_size pg_try_advisory_lock " +
    "pg_try_advisory_xact_lock pg_advisory_lock pg_advisory_unlock pg_advisory_xact_lock pg_type_is_visible pg_typeof " +
    "plainto_tsquery position power quote_ident quote_literal quote_nullable random rank regexp_count regexp_match regexp_matches " +
    "regexp_replace regexp_split_to_array regexp_split_to_table repeat replace reverse right round row_number row_to_json rpad rtrim " +
    "session_user setseed sha256 shobj_description sign split_part sqrt starts_with statement_timestamp stddev string_agg " +
    "string_to_array strpos substr substring sum timeofday timezone to_char to_date to_hex to_json to_jsonb to_number to_regclass " +
    "to_timestamp to_tsquery to_tsvector transaction_timestamp translate trim trunc ts_rank ts_rank_cd txid_current unnest upper " +
    "variance version websearch_to_tsquery width_bucket col_description xmlagg"
  ).split(" "),
);

/** Keywords that no function can be called by, unless it is quoted: the reserved ones and those that may name a column (src/include/parser/kwlist.h of PostgreSQL 14). */
export const bracketWords: ReadonlySet<string> = new Set(
  (
    "all and any array as asc asymmetric between bigint bit boolean both by case cast char character check coalesce collate column " +
    "constraint create current_date current_role current_time current_timestamp current_user dec decimal default desc distinct do else end " +
    "except exists extract false fetch float for foreign from grant greatest group grouping having in initially inout int integer " +
    "intersect interval into lateral leading least limit localtime localtimestamp national nchar not null nullif numeric offset on only or order " +
    "out overlay placing position precision primary real references returning row select setof smallint some substring symmetric table " +
    "then time timestamp to trailing treat trim true union unique user using values varchar variadic when where window with xmlattributes " +
    "xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable"
  ).split(" "),
);
