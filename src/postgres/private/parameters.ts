/** Settings of a server that keeps what it was given: all that makes a commit durable is on. Small; no network but its socket. */
export function privateParameters(socketDirectory: string): Readonly<Record<string, string>> {
  return {
    listen_addresses: "",
    unix_socket_directories: socketDirectory,
    unix_socket_permissions: "0700",
    port: "5432",
    fsync: "on",
    full_page_writes: "on",
    synchronous_commit: "on",
    // pg_basebackup reads it over the socket.
    wal_level: "replica",
    max_wal_senders: "4",
    archive_mode: "off",
    max_wal_size: "256MB",
    shared_buffers: "64MB",
    max_connections: "100",
    dynamic_shared_memory_type: "mmap",
    huge_pages: "off",
    jit: "off",
    ssl: "off",
    cluster_name: "custody ledger",
    // To the log beside the data, which is small: nothing but what went wrong is written.
    log_destination: "stderr",
    logging_collector: "off",
    log_min_messages: "warning",
    log_min_error_statement: "panic",
    log_checkpoints: "off",
    log_line_prefix: "%m [%p] %u@%d ",
    lc_messages: "C",
    timezone: "UTC",
    log_timezone: "UTC",
  };
}
